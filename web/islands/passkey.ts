/**
 * Passkeys (WebAuthn Level 3). data-mode "sign-in" or "register", data-options and data-finish: where
 * the options come from and the credential goes to; data-csrf; data-failed: what to say on failure.
 */
export function passkey(root: HTMLElement): void {
  const button = root.querySelector<HTMLButtonElement>("button");
  if (!button || !("PublicKeyCredential" in window)) {
    root.querySelector<HTMLElement>("[data-unsupported]")?.removeAttribute("hidden");
    button?.setAttribute("hidden", "");
    return;
  }
  button.addEventListener("click", () => void perform(root, button));
}

async function perform(root: HTMLElement, button: HTMLButtonElement): Promise<void> {
  const status = root.querySelector<HTMLElement>("[role=status]");
  button.disabled = true;
  if (status) status.textContent = "";
  try {
    const options = await post(root, root.dataset.options ?? "", {});
    const credential = root.dataset.mode === "register" ? await create(options) : await get(options);
    const label = root.querySelector<HTMLInputElement>("input[name=label]")?.value ?? "";
    const done = await post(root, root.dataset.finish ?? "", {
      credential, label, return: root.dataset.return ?? "",
    });
    location.assign(String(done.location));
  } catch {
    if (status) status.textContent = root.dataset.failed ?? "";
    button.disabled = false;
  }
}

async function post(root: HTMLElement, url: string, body: unknown): Promise<any> {
  const answer = await fetch(url, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      Accept: "application/json",
      "X-Minben-Csrf": root.dataset.csrf ?? "",
    },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

const bytes = (text: string): Uint8Array<ArrayBuffer> => {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (c) => c.charCodeAt(0));
};
const text = (buffer: ArrayBuffer): string =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const descriptors = (list: any[] | undefined) =>
  (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

async function create(options: any): Promise<unknown> {
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: descriptors(options.excludeCredentials),
  };
  const made = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential;
  const response = made.response as AuthenticatorAttestationResponse;
  return {
    ...head(made),
    response: {
      clientDataJSON: text(response.clientDataJSON),
      attestationObject: text(response.attestationObject),
      transports: response.getTransports?.() ?? [],
    },
  };
}

async function get(options: any): Promise<unknown> {
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge),
    allowCredentials: descriptors(options.allowCredentials),
  };
  const found = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential;
  const response = found.response as AuthenticatorAssertionResponse;
  return {
    ...head(found),
    response: {
      clientDataJSON: text(response.clientDataJSON),
      authenticatorData: text(response.authenticatorData),
      signature: text(response.signature),
      userHandle: response.userHandle ? text(response.userHandle) : null,
    },
  };
}

function head(credential: PublicKeyCredential) {
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}
