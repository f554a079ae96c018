#include "ledger/witness.hpp"

#include <chrono>
#include <thread>

#include <spdlog/spdlog.h>

#include "ledger/files.hpp"

namespace minben::ledger {

namespace {

constexpr milliseconds lock_patience{3000};
constexpr milliseconds lock_pause{1};
constexpr std::size_t max_stored = 1u << 20;

using Refusal = Witness::Refusal;

std::unexpected<Refusal> refuse(int status, Error error, std::uint64_t latest_size = 0) {
  return std::unexpected(Refusal{status, std::move(error), latest_size});
}
std::unexpected<Refusal> refuse(int status, Kind kind, std::string_view code,
                                std::string_view detail) {
  return refuse(status, {kind, std::string(code), std::string(detail), {}, 0, 0});
}
/// Ours, not the log's: the same request may be answered later.
std::unexpected<Refusal> out_of_order(const Error& error) {
  spdlog::error("witness: {}", describe(error));
  return refuse(net::http_status(error.kind), error);
}

std::unexpected<Error> not_add_checkpoint(std::string_view detail) {
  return fail(Kind::invalid, "not_add_checkpoint", detail);
}

/// Makes the directory. Other requests of the same log take milliseconds, so waiting is short and
/// bounded.
Result<DirectoryLock> wait_for_lock(const fs::path& directory) {
  const auto give_up = std::chrono::steady_clock::now() + lock_patience;
  for (;;) {
    auto lock = DirectoryLock::take(directory);
    if (lock || lock.error().code != "ledger_locked") return lock;
    if (std::chrono::steady_clock::now() >= give_up)
      return fail(Kind::unavailable, "witness_busy", "another process holds this log's lock");
    std::this_thread::sleep_for(lock_pause);
  }
}

struct Stored {
  Note note;
  Checkpoint checkpoint;
};

Result<std::optional<Stored>> read_stored(const fs::path& file) {
  MINBEN_TRY(text, disk().read(file, max_stored));
  if (!text) return std::nullopt;
  auto note = parse_note(as_text(*text));
  auto checkpoint = note ? parse_checkpoint(note->text) : std::unexpected(note.error());
  if (!checkpoint)
    return fail(Kind::internal, "witness_damaged", "not a checkpoint", file.string());
  return Stored{std::move(*note), std::move(*checkpoint)};
}

/// tlog-witness §add-checkpoint: what must hold between what is known (size 0 when nothing is) and
/// what is asked for. All of these are 422.
Result<void> check_advance(const AddCheckpoint& request, const Checkpoint& next,
                           const std::optional<Stored>& latest) {
  if (next.size == 0 && next.root != empty_root())
    return fail(Kind::invalid, "root_mismatch", "the empty tree has another root");
  if (request.old_size == 0) {
    if (request.proof.empty()) return {};
    return fail(Kind::invalid, "bad_proof_length", "from size 0 there is nothing to prove");
  }
  return check_consistency(request.old_size, next.size, request.proof, latest->checkpoint.root,
                           next.root);
}

}  // namespace

// ----------------------------------------------------------------------------------- requests

std::string write_add_checkpoint(const AddCheckpoint& request) {
  std::string out = fmt::format("old {}\n", request.old_size);
  for (const Hash& hash : request.proof) out += base64_encode(hash) + "\n";
  return out + "\n" + request.checkpoint;
}

Result<AddCheckpoint> parse_add_checkpoint(std::string_view body) {
  if (body.size() > max_add_checkpoint) return not_add_checkpoint("larger than 64 KiB");
  const std::size_t blank = body.find("\n\n");
  if (blank == std::string_view::npos) return not_add_checkpoint("no empty line");
  const auto lines = split(body.substr(0, blank), '\n');
  AddCheckpoint request;
  if (!lines.front().starts_with("old ")) return not_add_checkpoint("expected \"old <size>\"");
  const std::string_view number = lines.front().substr(4);
  const auto size = parse_integer(number, 0);
  if (!size || std::to_string(*size) != number)
    return not_add_checkpoint("the old size is not a plain decimal number");
  request.old_size = static_cast<std::uint64_t>(*size);
  if (lines.size() - 1 > max_proof_lines) return not_add_checkpoint("more than 63 proof lines");
  for (const std::string_view line : std::span(lines).subspan(1)) {
    const auto bytes = base64_decode(line);
    if (!bytes || bytes->size() != Hash{}.size())
      return not_add_checkpoint("a proof line is not 32 bytes in base64");
    std::ranges::copy(*bytes, request.proof.emplace_back().begin());
  }
  request.checkpoint = body.substr(blank + 2);
  return request;
}

KnownLogs logs_of(Policy policy) {
  return [policy = std::move(policy)](std::string_view origin) {
    std::vector<NoteVerifier> keys;
    for (const Policy::Log& log : policy.logs)
      if (log.key.name() == origin) keys.push_back(log.key);
    return keys;
  };
}

Result<trust::SigningKey> witness_key(const fs::path& directory) {
  MINBEN_TRY(lock, wait_for_lock(directory));
  return trust::SigningKey::load_or_create(directory / "key.pem", trust::KeyType::ed25519);
}

// -------------------------------------------------------------------------------- the witness

Result<std::unique_ptr<Witness>> Witness::open(const fs::path& directory, Cosigner cosigner,
                                               KnownLogs logs, const Clock& clock) {
  MINBEN_TRY(lock, wait_for_lock(directory));  // the temporary of a file has one name
  const std::string vkey = cosigner.verifier().vkey() + "\n";
  MINBEN_CHECK(disk().replace(directory / "vkey", as_bytes(vkey)));
  return std::unique_ptr<Witness>(
      new Witness(directory, std::move(cosigner), std::move(logs), clock));
}

struct Witness::Submission {
  AddCheckpoint request;
  Note note;  ///< with the signatures of its log only
  Checkpoint checkpoint;
};

/// Everything that needs no memory of the log.
std::expected<Witness::Submission, Refusal> Witness::accept(std::string_view body) const {
  auto request = parse_add_checkpoint(body);
  if (!request) return refuse(400, request.error());
  auto note = parse_note(request->checkpoint);
  if (!note) return refuse(400, note.error());
  auto checkpoint = parse_checkpoint(note->text);
  if (!checkpoint) return refuse(400, checkpoint.error());
  const auto keys = logs_(checkpoint->origin);
  if (keys.empty()) return refuse(404, Kind::not_found, "unknown_log", "no log of this origin");
  if (auto opened = open_note(request->checkpoint, keys); !opened)
    return refuse(403, opened.error());
  std::erase_if(note->signatures, [&](const NoteSignature& line) {
    return std::ranges::none_of(keys, [&](const NoteVerifier& key) {
      return key.name() == line.name && key.key_id() == line.key_id;
    });
  });
  if (request->old_size > checkpoint->size)
    return refuse(400, Kind::invalid, "bad_size", "the old size is above the checkpoint's");
  return Submission{std::move(*request), std::move(*note), std::move(*checkpoint)};
}

std::expected<std::string, Refusal> Witness::add_checkpoint(std::string_view body) const {
  auto submission = accept(body);
  if (!submission) return std::unexpected(submission.error());
  auto lines = advance(*submission);
  if (!lines && lines.error().status == 422)  // perhaps proof of a log's misbehaviour
    spdlog::warn("witness: refused size {} of {} after {}: {}", submission->checkpoint.size,
                 submission->checkpoint.origin, submission->request.old_size,
                 describe(lines.error().error));
  return lines;
}

/// The lock makes comparing and replacing one step, also between processes (tlog-witness: without
/// it, two requests could roll the witness back).
std::expected<std::string, Refusal> Witness::advance(const Submission& submission) const {
  const fs::path home = directory_ / hex_encode(sha256(submission.checkpoint.origin));
  const auto lock = wait_for_lock(home);
  if (!lock) return out_of_order(lock.error());
  const auto latest = read_stored(home / "state");
  if (!latest) return out_of_order(latest.error());
  const std::uint64_t size = *latest ? (*latest)->checkpoint.size : 0;
  if (submission.request.old_size != size)
    return refuse(409, {Kind::conflict, "stale_size", fmt::format("latest is {}", size), {}, 0, 0},
                  size);
  if (const auto fits = check_advance(submission.request, submission.checkpoint, *latest); !fits)
    return refuse(422, fits.error());
  if (!*latest || (*latest)->note.text != submission.note.text) {
    const std::string text = write_note(submission.note);
    const auto kept = disk().replace_for_good(home / "state", as_bytes(text));
    if (!kept) return out_of_order(kept.error());
  }
  auto lines = cosign(home, submission.note);
  if (!lines) return out_of_order(lines.error());
  return std::move(*lines);
}

/// Only what the state holds, and under its lock. The file for monitors need not survive a power
/// loss.
Result<std::string> Witness::cosign(const fs::path& home, Note note) const {
  const NoteSignature line = cosigner_.sign(note.text, clock_.now());
  put_signature(note, line);
  const std::string text = write_note(note);
  MINBEN_CHECK(disk().replace(home / "checkpoint", as_bytes(text)));
  return write_signature_lines(std::span(&line, 1));
}

Result<std::string> Witness::checkpoint(std::string_view origin_hash) const {
  const auto none = [] { return fail(Kind::not_found, "no_such_checkpoint"); };
  const auto bytes = hex_decode(origin_hash);
  if (!bytes || bytes->size() != 32 || hex_encode(*bytes) != origin_hash) return none();
  const fs::path home = directory_ / origin_hash;
  std::error_code ignored;
  if (!fs::is_directory(home, ignored)) return none();
  MINBEN_TRY(lock, wait_for_lock(home));
  MINBEN_TRY(state, read_stored(home / "state"));
  if (!state) return none();
  MINBEN_TRY(shown, read_stored(home / "checkpoint"));
  if (!shown || shown->note.text != state->note.text) {  // killed between the two
    MINBEN_CHECK(cosign(home, state->note));
    MINBEN_TRY(again, read_stored(home / "checkpoint"));
    shown = std::move(again);
  }
  return write_note(shown->note);
}

Result<std::optional<std::string>> Witness::accepted(std::string_view origin) const {
  MINBEN_TRY(state, read_stored(directory_ / hex_encode(sha256(origin)) / "state"));
  if (!state) return std::nullopt;
  return write_note(state->note);
}

// -------------------------------------------------------------------------------------- routes

namespace {

net::Response answer(std::expected<std::string, Refusal> lines) {
  if (lines) return net::Response::text(std::move(*lines));
  const Refusal& refusal = lines.error();
  if (refusal.status == 409) {
    net::Response response = net::Response::text(fmt::format("{}\n", refusal.latest_size), 409);
    response.headers.set("Content-Type", "text/x.tlog.size");
    return response;
  }
  const bool ours = refusal.status >= 500;  // its detail is for our own eyes
  return net::Response::text(
      fmt::format("{}{}\n", refusal.error.code, ours ? "" : ": " + refusal.error.detail),
      refusal.status);
}

}  // namespace

std::vector<net::Route> witness_routes(const Witness& witness, std::string_view prefix,
                                       net::Access access) {
  const auto add = [&witness](net::Request& request) {
    return answer(witness.add_checkpoint(request.body));
  };
  const auto checkpoint = [&witness](net::Request& request) {
    auto note = witness.checkpoint(request.parameter("origin"));
    if (!note) return net::Response::problem(note.error());
    net::Response response = net::Response::text(std::move(*note));
    response.headers.set("Cache-Control", "no-cache");
    return response;
  };
  const auto key = [&witness](net::Request&) { return net::Response::text(witness.vkey() + "\n"); };
  return {
      {net::Method::post, fmt::format("{}/add-checkpoint", prefix), access, max_add_checkpoint,
       add},
      {net::Method::get, fmt::format("{}/{{origin}}/checkpoint", prefix), access, 0, checkpoint},
      {net::Method::get, fmt::format("{}/vkey", prefix), access, 0, key}};
}

}  // namespace minben::ledger
