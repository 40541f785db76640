/** Workflow commands that CI systems of GitHub's kind read from a job's output. */

interface AnnotationPlace {
  file?: string;
  line?: number;
  column?: number;
}

/** `::error file=…,line=…::text`, with the escapes that its grammar asks for. */
export function annotation(severity: 'error' | 'warning', text: string, place: AnnotationPlace = {}): string {
  const properties = [
    place.file === undefined ? undefined : `file=${escapeProperty(place.file)}`,
    place.line === undefined ? undefined : `line=${place.line}`,
    place.column === undefined ? undefined : `col=${place.column}`,
  ].filter((property) => property !== undefined);
  return `::${severity}${properties.length > 0 ? ` ${properties.join(',')}` : ''}::${escapeData(text)}`;
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

/** `file:line[:column]` of a bundle, taken apart. */
export function placeOf(source: string | undefined): AnnotationPlace {
  const match = /^(.*?):(\d+)(?::(\d+))?$/.exec(source ?? '');
  if (match === null) return source === undefined ? {} : { file: source };
  const [, file, line, column] = match;
  return { file, line: Number(line), ...(column === undefined ? {} : { column: Number(column) }) };
}
