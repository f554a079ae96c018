// The process as its BPMN diagram, with the case's position. The list of steps beside it says the
// same in words.
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";

interface Canvas {
  zoom(level: string): void;
  addMarker(element: string, marker: string): void;
}
interface Overlays {
  add(element: string, overlay: { position: { top: number; right: number }; html: HTMLElement }): void;
}
interface Heat {
  element: string;
  level: number;
  text: string;
}
interface Registry {
  get(id: string): unknown;
}

const minbenNamespace = "https://minben.tw/bpmn/1";

/** Boxes drawn around two or three Han characters would break English words. */
function widenLabels(model: Document): void {
  const least = 62;
  for (const label of model.getElementsByTagNameNS("http://www.omg.org/spec/BPMN/20100524/DI", "BPMNLabel")) {
    const bounds = label.firstElementChild;
    const missing = least - Number(bounds?.getAttribute("width") ?? least);
    if (!bounds || missing <= 0) continue;
    bounds.setAttribute("x", String(Number(bounds.getAttribute("x")) - missing / 2));
    bounds.setAttribute("width", String(least));
  }
}

/** Names are in Chinese; on an English page the English ones beside them take their place. */
function inPageLanguage(xml: string): string {
  if (document.documentElement.lang !== "en") return xml;
  const model = new DOMParser().parseFromString(xml, "application/xml");
  for (const element of model.getElementsByTagName("*")) {
    const english = element.getAttributeNS(minbenNamespace, "nameEn");
    if (english) element.setAttribute("name", english);
  }
  widenLabels(model);
  return new XMLSerializer().serializeToString(model);
}

/** A tint by level, and the number itself: colour alone says nothing to some. */
function heat(list: Heat[], canvas: Canvas, registry: Registry, overlays: Overlays): void {
  for (const { element, level, text } of list) {
    if (!registry.get(element)) continue;
    canvas.addMarker(element, `mb-heat-${level}`);
    const badge = document.createElement("span");
    badge.className = "mb-heat-text";
    badge.textContent = text;
    overlays.add(element, { position: { top: -12, right: 26 }, html: badge });
  }
}

async function show(root: HTMLElement): Promise<void> {
  const answer = await fetch(root.dataset.xml ?? "");
  if (!answer.ok) return;
  const viewer = new NavigatedViewer({ container: root });
  await viewer.importXML(inPageLanguage(await answer.text()));
  const canvas = viewer.get("canvas") as Canvas;
  const registry = viewer.get("elementRegistry") as Registry;
  const mark = (ids: string | undefined, marker: string) => {
    for (const id of (ids ?? "").split(" "))
      if (id && registry.get(id)) canvas.addMarker(id, marker);
  };
  mark(root.dataset.passed, "mb-passed");
  mark(root.dataset.here, "mb-here");
  heat(JSON.parse(root.dataset.heat ?? "[]") as Heat[], canvas, registry, viewer.get("overlays") as Overlays);
  // In a box without a size, as while the window changes, the scale would become zero and never recover.
  const fit = () => {
    if (root.clientWidth > 0 && root.clientHeight > 0) canvas.zoom("fit-viewport");
  };
  fit();
  window.addEventListener("resize", fit);
}

for (const root of document.querySelectorAll<HTMLElement>("[data-diagram]")) {
  root.hidden = false;
  show(root).catch(() => { root.hidden = true; });
}
