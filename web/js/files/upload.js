/** Uploads a file and requests its transcript. */

import { ApiError, failure, headers, request } from "../api.js";
import { randomName } from "../dom.js";

/**
 * Upload one file, not with `fetch`, which reports no progress. Raises ApiError or AbortError.
 * @param {File} file
 * @param {(share: number) => void} onProgress 0 … 1
 * @param {AbortSignal} signal
 * @returns {Promise<{file_id: string, size_bytes: number, duration: number|null}>}
 */
export function upload(file, onProgress, signal) {
  return new Promise((resolve, reject) => {
    const sending = new XMLHttpRequest();
    sending.open("POST", "api/upload/");
    for (const [name, value] of Object.entries(headers())) sending.setRequestHeader(name, value);
    sending.upload.onprogress = ({ loaded, total }) => onProgress(total ? loaded / total : 0);
    sending.onload = () => {
      if (sending.status >= 200 && sending.status < 300) resolve(JSON.parse(sending.responseText));
      else
        reject(
          failure(sending.status, sending.responseText, sending.getResponseHeader("Retry-After")),
        );
    };
    sending.onerror = () => reject(new ApiError(0, { code: "unreachable" }, 0));
    sending.onabort = () => reject(new DOMException("Cancelled.", "AbortError"));
    signal.addEventListener("abort", () => sending.abort());
    const form = new FormData();
    form.append("file", file, file.name);
    sending.send(form);
  });
}

/**
 * Request the transcript of an uploaded file. Raises ApiError.
 * @param {string} fileId
 * @param {object} wishes language, is_stream, privacy_removal, classification, ai_agent …
 * @param {string} idempotencyKey the same key never makes a second job
 */
export function submit(fileId, wishes, idempotencyKey = randomName()) {
  return request("api/transcribe-async/", {
    method: "POST",
    headers: { "Idempotency-Key": idempotencyKey },
    json: { file_id: fileId, word_timestamps: true, ...wishes },
  });
}
