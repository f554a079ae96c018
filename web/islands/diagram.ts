// The process as its BPMN diagram, with the case's position. The list of steps beside it says the
// same in words.
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";

interface Canvas {
  zoom(level: string): void;
  addMarker(element: string, marker: string): void;
}
interface Registry {
  get(id: string): unknown;
}

async function show(root: HTMLElement): Promise<void> {
  const answer = await fetch(root.dataset.xml ?? "");
  if (!answer.ok) return;
  const viewer = new NavigatedViewer({ container: root });
  await viewer.importXML(await answer.text());
  const canvas = viewer.get("canvas") as Canvas;
  const registry = viewer.get("elementRegistry") as Registry;
  const mark = (ids: string | undefined, marker: string) => {
    for (const id of (ids ?? "").split(" "))
      if (id && registry.get(id)) canvas.addMarker(id, marker);
  };
  mark(root.dataset.passed, "mb-passed");
  mark(root.dataset.here, "mb-here");
  canvas.zoom("fit-viewport");
}

for (const root of document.querySelectorAll<HTMLElement>("[data-diagram]")) {
  root.hidden = false;
  show(root).catch(() => { root.hidden = true; });
}
