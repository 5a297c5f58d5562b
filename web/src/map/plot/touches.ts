/** regl-scatterplot knows the mouse only: hands the touches of one finger on to it as such. */
export function forwardTouches(canvas: HTMLCanvasElement): () => void {
  const stop = new AbortController();
  const forward = (type: 'pointerdown' | 'pointermove' | 'pointerup' | 'pointercancel', mouse: string) =>
    canvas.addEventListener(
      type,
      (event) => {
        if (event.pointerType === 'mouse' || !event.isPrimary) return;
        const { clientX, clientY } = event;
        const target = mouse === 'mousedown' ? canvas : window;
        // The library looks for the pointer on the canvas before it takes a press.
        if (mouse === 'mousedown') {
          canvas.dispatchEvent(new MouseEvent('mouseenter', { clientX, clientY }));
          canvas.dispatchEvent(new MouseEvent('mousemove', { clientX, clientY, bubbles: true }));
        }
        target.dispatchEvent(
          new MouseEvent(mouse, { clientX, clientY, bubbles: true, buttons: mouse === 'mouseup' ? 0 : 1 }),
        );
      },
      { signal: stop.signal },
    );
  forward('pointerdown', 'mousedown');
  forward('pointermove', 'mousemove');
  forward('pointerup', 'mouseup');
  forward('pointercancel', 'mouseup');
  return () => stop.abort();
}
