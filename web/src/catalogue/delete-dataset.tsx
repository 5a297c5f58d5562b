import { useMutation } from '@apollo/client/react';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { DeleteDatasetDocument } from '../api/generated/graphql.ts';
import { Field } from '../ui/forms/field.tsx';
import { counted } from '../ui/numbers.ts';
import { ConfirmDialog } from '../ui/overlays/dialog.tsx';
import { showError } from '../ui/overlays/toast.tsx';
import { CATALOGUE } from './addresses.ts';
import css from './delete-dataset.module.css';
import { jobStarted } from './jobs/watch-jobs.ts';

interface Props {
  dataset: { id: string; name: string; imageCount: number };
  isOpen: boolean;
  onClose: () => void;
}

/** Deletes a dataset once its name has been typed. */
export function DeleteDataset({ dataset, isOpen, onClose }: Props) {
  const { id, name, imageCount } = dataset;
  const [typed, setTyped] = useState('');
  const [, navigate] = useLocation();
  const [remove, { loading }] = useMutation(DeleteDatasetDocument, {
    onError: showError,
    onCompleted: ({ deleteDataset }) => {
      jobStarted(deleteDataset);
      navigate(CATALOGUE);
    },
  });
  const isSure = typed.trim() === name;
  const confirm = () => void (isSure && remove({ variables: { dataset: id } }));
  return (
    <ConfirmDialog
      title={`Delete ${name}?`}
      isOpen={isOpen}
      onClose={onClose}
      action="Delete the dataset"
      danger
      isDisabled={!isSure}
      isPending={loading}
      onConfirm={confirm}
    >
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault();
          confirm();
        }}
      >
        <p>
          This deletes {counted(imageCount, 'image')} with their labels, attributes and index. It cannot be
          undone.
        </p>
        <Field
          label={`Type ${name} to confirm`}
          value={typed}
          onChange={setTyped}
          autoComplete="off"
          autoFocus
        />
      </form>
    </ConfirmDialog>
  );
}
