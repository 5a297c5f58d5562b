import ChevronLeft from 'lucide-react/icons/chevron-left';
import { useEffect, useRef, useState } from 'react';
import { Link } from 'wouter';
import { View } from '../../ui/view.tsx';
import { CATALOGUE, datasetAddress } from '../addresses.ts';
import css from './create.module.css';
import { firstPlan, type ImportPlan, type ImportSource } from './import-source.ts';
import { PlanStep } from './plan-step.tsx';
import { PreviewStep } from './preview-step.tsx';
import { SourceStep } from './source-step.tsx';
import type { StageUpload } from './stage-upload.ts';

interface Chosen {
  readonly source: ImportSource;
  readonly plan: ImportPlan;
  /** The files in the service, once they are there; undefined for a URL. */
  readonly stage?: string;
}

/** Creates a dataset, or adds to one: where from, what, and a preview before anything is imported. */
export function CreateView({ into }: { into?: string }) {
  const [chosen, setChosen] = useState<Chosen>();
  const [step, setStep] = useState<'source' | 'plan' | 'preview'>('source');
  const upload = useRef<StageUpload>(undefined);
  const heading = useRef<HTMLHeadingElement>(null);
  const title = into === undefined ? 'New dataset' : `Add pictures to ${into}`;

  useEffect(() => {
    document.title = `${title} · Lookalike`;
  }, [title]);
  // What was sent and not imported is removed.
  useEffect(() => () => upload.current?.discard(), []);

  const go = (next: typeof step) => {
    setStep(next);
    heading.current?.focus();
  };
  const forgetUpload = () => {
    upload.current?.discard();
    upload.current = undefined;
  };

  return (
    <View>
      <div className={css.page}>
        <Link href={into === undefined ? CATALOGUE : datasetAddress(into)} className={css.back}>
          <ChevronLeft size={16} aria-hidden />
          {into ?? 'Catalogue'}
        </Link>
        <h1 ref={heading} tabIndex={-1} className={css.title}>
          {title}
        </h1>
        {step === 'source' && (
          <SourceStep
            onSource={(source) => {
              setChosen({ source, plan: firstPlan(source, into) });
              go('plan');
            }}
          />
        )}
        {step === 'plan' && chosen !== undefined && (
          <PlanStep
            source={chosen.source}
            plan={chosen.plan}
            isFixed={into !== undefined}
            upload={upload}
            onPlan={(plan) => setChosen({ ...chosen, plan })}
            onBack={() => {
              forgetUpload();
              go('source');
            }}
            onReady={(stage) => {
              setChosen({ ...chosen, ...(stage !== undefined && { stage }) });
              go('preview');
            }}
          />
        )}
        {step === 'preview' && chosen !== undefined && (
          <PreviewStep
            source={chosen.source}
            plan={chosen.plan}
            stage={chosen.stage}
            onBack={() => go('plan')}
            onImporting={() => (upload.current = undefined)}
          />
        )}
      </div>
    </View>
  );
}
