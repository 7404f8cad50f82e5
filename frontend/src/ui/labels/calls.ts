/** What the pages of imports ask of the API. */
import { type Answer, json, refusalOf, request, type Schemas } from "../../api";
import { sendForm } from "../upload/calls";

export type LabelImport = Answer<Schemas["LabelImportProgress"]>;
export type LabelReport = Answer<Schemas["ReportOutput"]>;
export type LabelMapping = Readonly<Schemas["MappingInputRequest"]>;
export type LabelReading = Readonly<Schemas["ReadingInputRequest"]>;

/** Send a file of labels; `progress` hears the share of its bytes that has left. */
export function sendLabels(
  project: number,
  file: File,
  format: string,
  progress: (share: number) => void,
): Promise<LabelImport> {
  const form = new FormData();
  if (format) form.append("format", format);
  form.append("file", file);
  return sendForm(`/api/projects/${project}/labels/`, form, progress, (status, text) =>
    status < 400 ? (JSON.parse(text) as LabelImport) : refusalOf(status, text),
  );
}

/** What is in a file of labels that was read, and what came of it. */
export function labelReport(labels: number): Promise<LabelReport> {
  return json(request("GET", `/api/labels/${labels}/report/`));
}

/** Read it again, as another format or with other options. */
export function readLabels(labels: number, reading: LabelReading): Promise<LabelImport> {
  return json(request("POST", `/api/labels/${labels}/read/`, { body: reading }));
}

/** Bring its maps and votes in. */
export function applyLabels(labels: number, mapping: LabelMapping): Promise<LabelImport> {
  return json(request("POST", `/api/labels/${labels}/apply/`, { body: mapping }));
}

/** Stop its step. */
export function cancelLabels(labels: number): Promise<LabelImport> {
  return json(request("POST", `/api/labels/${labels}/cancel/`));
}

/** Take back what it brought. */
export function undoLabels(labels: number): Promise<LabelImport> {
  return json(request("POST", `/api/labels/${labels}/undo/`));
}

/** Forget a file of which nothing is brought in. */
export async function forgetLabels(labels: number): Promise<void> {
  await request("DELETE", `/api/labels/${labels}/`);
}
