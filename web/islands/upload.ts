/** Shows how far an upload is. The form, its address and its answer are the same as without script. */
export function upload(element: HTMLElement): void {
  if (!(element instanceof HTMLFormElement)) return;
  const form = element;
  form.addEventListener("submit", (event) => {
    const files = [...form.querySelectorAll<HTMLInputElement>("input[type=file]")];
    if (!files.some((input) => (input.files?.length ?? 0) > 0)) return;
    event.preventDefault();
    send(form, event.submitter);
  });
}

function send(form: HTMLFormElement, submitter: HTMLElement | null): void {
  const bar = progressBar(form);
  const request = new XMLHttpRequest();
  const action = submitter?.getAttribute("formaction") ?? form.action;
  request.open("POST", action);
  request.setRequestHeader("Accept", "text/html");
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) bar.value = event.loaded / event.total;
  });
  request.addEventListener("load", () => show(request, action));
  // A broken connection: let the browser try and tell in its own words.
  request.addEventListener("error", () => form.submit());
  const data = new FormData(form);
  if (submitter instanceof HTMLButtonElement && submitter.name) data.set(submitter.name, submitter.value);
  request.send(data);
}

function progressBar(form: HTMLFormElement): HTMLProgressElement {
  const bar = document.createElement("progress");
  bar.className = "mb-upload-progress";
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", form.querySelector("label")?.textContent ?? "");
  form.querySelector("button")?.before(bar);
  return bar;
}

function show(request: XMLHttpRequest, action: string): void {
  const there = request.responseURL || action;
  if (request.status < 400 && new URL(there).pathname !== new URL(action, location.href).pathname) {
    location.assign(there);
    return;
  }
  // The same page with its errors: the answer takes the place of what is shown.
  const fresh = new DOMParser().parseFromString(request.responseText, "text/html");
  document.title = fresh.title;
  document.body.replaceWith(fresh.body);
  scrollTo(0, 0);
  document.dispatchEvent(new Event("minben:page"));
}
