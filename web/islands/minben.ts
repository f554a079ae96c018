// What pages gain where script runs. Each island is an element with data-island="name"; without this
// file every page works the same, only plainer.
import { count, focus, once, print, tabs } from "./pieces";
import { live } from "./live";
import { passkey } from "./passkey";
import { stream } from "./stream";
import { suggest } from "./suggest";
import { upload } from "./upload";

const islands: Record<string, (element: HTMLElement) => void> = {
  count, focus, live, once, passkey, print, stream, suggest, tabs, upload,
};

function start(): void {
  for (const element of document.querySelectorAll<HTMLElement>("[data-island]"))
    islands[element.dataset.island ?? ""]?.(element);
}

document.documentElement.classList.add("mb-script");
document.addEventListener("minben:page", start);
start();
