/** Items by how they ended, as a bar; the numbers must stand beside it, since it is hidden from screen readers. */
export function verdictBar(parts: { passed: number; failed: number; errored: number; pending: number }): string {
  const { passed, failed, errored, pending } = parts;
  const total = passed + failed + errored + pending;
  if (total === 0) return '';
  let x = 0;
  const rects = Object.entries({ passed, failed, errored, pending }).map(([name, count]) => {
    // Something always shows, however small its share.
    const width = count === 0 ? 0 : Math.max(0.6, (100 * count) / total);
    const rect =
      width === 0 ? '' : `<rect class="${name}" x="${x.toFixed(2)}" width="${width.toFixed(2)}" height="10"/>`;
    x += width;
    return rect;
  });
  return `<svg class="bar" viewBox="0 0 ${x.toFixed(2)} 10" preserveAspectRatio="none" aria-hidden="true">${rects.join('')}</svg>`;
}
