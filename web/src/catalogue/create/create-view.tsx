import ArrowRight from 'lucide-react/icons/arrow-right';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useLocation, useSearch } from 'wouter';
import { Button } from '../../ui/actions/button.tsx';
import { BackLink } from '../../ui/layout/back-link.tsx';
import { View } from '../../ui/layout/view.tsx';
import { CATALOGUE, datasetAddress } from '../addresses.ts';
import { type Chosen, chosenOf, createAddress, type Step, stepOf } from './create-address.ts';
import css from './create.module.css';
import { describeSource, firstPlan, isLasting, type ImportSource } from './import-source.ts';
import { PlanStep } from './plan-step.tsx';
import { PreviewStep } from './preview-step.tsx';
import { SourceStep } from './source-step.tsx';
import type { StageUpload } from './stage-upload.ts';

/** Creates a dataset, or adds to one: where from, what, and a preview before anything is imported. */
export function CreateView({ into }: { into?: string }) {
  const query = useSearch();
  const [, navigate] = useLocation();
  const [kept, setChosen] = useState(() => chosenOf(query, into));
  const chosen = useMemo(() => kept ?? chosenOf(query, into), [kept, query, into]);
  const upload = useRef<StageUpload>(undefined);
  const heading = useRef<HTMLHeadingElement>(null);
  const title = into === undefined ? 'New dataset' : `Add pictures to ${into}`;
  const wanted = stepOf(query);
  const step = possibleStep(wanted, chosen);

  useEffect(() => {
    document.title = `${title} · Lookalike`;
  }, [title]);
  /** Files that have all been sent are kept: the address leads back to them, and the service removes them later. */
  const stopUpload = () => {
    if (upload.current === undefined || upload.current.isComplete) return;
    upload.current.discard();
    upload.current = undefined;
  };
  useEffect(() => stopUpload, []);

  const shown = useRef(step);
  useEffect(() => {
    if (shown.current === step) return;
    shown.current = step;
    heading.current?.focus();
    if (step === 'source') stopUpload();
  }, [step]);

  const choose = (source: ImportSource) => {
    upload.current?.discard();
    upload.current = undefined;
    go('plan', { source, plan: firstPlan(source, into) });
  };

  /** Each step is one to go back by. */
  const go = (next: Step, now: Chosen) => {
    setChosen(now);
    navigate(createAddress(into, next, now), { state: { followsStep: true } satisfies StepState });
  };
  const back = (before: Step) => {
    if ((history.state as StepState | null)?.followsStep === true) history.back();
    else navigate(createAddress(into, before, chosen), { replace: true });
  };

  return (
    <View>
      <div className={css.page}>
        <BackLink href={into === undefined ? CATALOGUE : datasetAddress(into)}>
          {into ?? 'Catalogue'}
        </BackLink>
        <h1 ref={heading} tabIndex={-1} className={css.title}>
          {title}
        </h1>
        {step === 'source' && wanted !== 'source' && (
          <p className={css.lost} role="status">
            The files that you chose are no longer at hand. Choose them once more.
          </p>
        )}
        {step === 'source' && chosen !== undefined && (
          <div className={css.kept}>
            <p>{describeSource(chosen.source)}</p>
            <Button size="s" icon={ArrowRight} onPress={() => go('plan', chosen)}>
              Continue with what you have chosen
            </Button>
          </div>
        )}
        {step === 'source' && <SourceStep onSource={choose} />}
        {step === 'plan' && chosen !== undefined && (
          <PlanStep
            source={chosen.source}
            plan={chosen.plan}
            isFixed={into !== undefined}
            upload={upload}
            onPlan={(plan) => {
              const now = { ...chosen, plan };
              setChosen(now);
              navigate(createAddress(into, 'plan', now), {
                replace: true,
                state: history.state as StepState | null,
              });
            }}
            onBack={() => back('source')}
            onReady={(stage) => go('preview', { ...chosen, stage: stage ?? chosen.stage })}
          />
        )}
        {step === 'preview' && chosen !== undefined && (
          <PreviewStep
            source={chosen.source}
            plan={chosen.plan}
            stage={chosen.stage}
            onBack={() => back('plan')}
            onGone={() => {
              upload.current = undefined;
              setChosen(undefined);
              navigate(createAddress(into, 'source'), { replace: true });
            }}
            onImporting={() => (upload.current = undefined)}
          />
        )}
      </div>
    </View>
  );
}

interface StepState {
  /** The step before is one entry back in the history. */
  readonly followsStep?: boolean;
}

/** The step that the address names, or the last one before it for which everything is known. */
function possibleStep(wanted: Step, chosen: Chosen | undefined): Step {
  if (chosen === undefined) return 'source';
  const isSent = isLasting(chosen.source) || chosen.stage !== undefined;
  return wanted === 'preview' && !isSent ? 'plan' : wanted;
}
