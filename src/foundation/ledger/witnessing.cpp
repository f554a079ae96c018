#include "ledger/witnessing.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include <spdlog/spdlog.h>

#include "asking.hpp"
#include "complete.hpp"

namespace minben::ledger {

namespace {

using Steady = std::chrono::steady_clock;

/// One witness and what it last said. Touched by one thread at a time: a round has one for each.
struct Asked {
  const Policy::Witness* witness = nullptr;
  std::uint64_t known_size = 0;  ///< of the newest checkpoint it has, as far as we know
  Steady::time_point not_before{};
  milliseconds pause{0};
};

/// One log and its witnesses.
struct AskedLog {
  AskedLog(Log& of, Policy by, const net::ClientConfig& config, const WitnessingLimits& bounds)
      : log(of), policy(std::move(by)), limits(bounds), client(config) {
    for (const Policy::Witness& witness : policy.witnesses) {
      if (witness.key && !witness.url.empty()) asked.push_back({&witness, 0, {}, milliseconds(0)});
      states.push_back({witness.name});
    }
  }

  Log& log;
  const Policy policy;
  const WitnessingLimits limits;
  net::Client client;
  std::mutex rounds;  ///< one at a time
  std::vector<Asked> asked;

  mutable std::mutex mutex;  ///< states and what is shown
  std::vector<WitnessState> states;
  std::string settled;  ///< the last note that was complete when its round began
  Note gathered;        ///< of the round's checkpoint, with what has come so far
  std::condition_variable_any wake;
  std::jthread thread;

  void start();
  void stop();
  void run(const std::stop_token& stop);
  [[nodiscard]] bool is_complete() const;
  [[nodiscard]] std::uint64_t complete_size() const;
  [[nodiscard]] Note without_bad_lines(Note note) const;
  void begin(const Note& note, bool shortened);
  void round(bool patient);
  void attempt(Asked& one, const Note& note, const Checkpoint& checkpoint);
  Result<NoteSignature> ask(Asked& one, const Note& note, const Checkpoint& checkpoint);
  Result<void> show(const Policy::Witness& witness, NoteSignature line);
  void remember(Asked& one, std::uint64_t size, const Result<void>& outcome);
};

void AskedLog::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    round(true);
    if (log.sealed() && is_complete()) return;  // nothing more will come
    std::unique_lock guard(mutex);
    wake.wait_for(guard, stop, limits.pause_ms, [] { return false; });
  }
}

/// Lines of the policy's witnesses that do not hold would refuse the whole note to its readers.
Note AskedLog::without_bad_lines(Note note) const {
  std::erase_if(note.signatures, [&](const NoteSignature& line) {
    return std::ranges::any_of(policy.witnesses, [&](const Policy::Witness& witness) {
      return witness.key && witness.key->made(line) &&
             !witness.key->verify(note.text, line.signature);
    });
  });
  return note;
}

/// What an earlier process gathered is shown anew, so that proofs use it.
void AskedLog::begin(const Note& note, bool shortened) {
  const std::lock_guard guard(mutex);
  gathered = note;
  const std::string text = write_note(note);
  const auto verdict = judge(policy, text);
  const bool complete = verdict && verdict->quorum;
  if (!shortened && (!complete || text == settled)) return;
  const auto shown = log.show(text, complete ? Log::Signatures::complete : Log::Signatures::some);
  if (shown) settled = text;
  else spdlog::warn("ledger {}: not shown: {}", log.origin(), describe(shown.error()));
}

/// `patient`: leaves those alone whose pause has not ended.
void AskedLog::round(bool patient) {
  const std::lock_guard one_round(rounds);
  auto newest = parse_note(log.checkpoint());
  const auto checkpoint = newest ? parse_checkpoint(newest->text) : std::unexpected(newest.error());
  MINBEN_ASSERT(checkpoint.has_value());  // our own log wrote it
  const Note note = without_bad_lines(*newest);
  begin(note, note.signatures.size() != newest->signatures.size());
  const auto now = Steady::now();
  std::vector<std::jthread> threads;
  for (Asked& one : asked) {
    const bool has = std::ranges::any_of(
        note.signatures, [&](const NoteSignature& line) { return one.witness->key->made(line); });
    if (has || (patient && now < one.not_before)) continue;
    threads.emplace_back([&] { attempt(one, note, *checkpoint); });
  }
}

void AskedLog::attempt(Asked& one, const Note& note, const Checkpoint& checkpoint) {
  auto line = ask(one, note, checkpoint);
  if (!line) return remember(one, checkpoint.size, std::unexpected(line.error()));
  remember(one, checkpoint.size, show(*one.witness, std::move(*line)));
}

Result<NoteSignature> AskedLog::ask(Asked& one, const Note& note, const Checkpoint& checkpoint) {
  const Policy::Witness& witness = *one.witness;
  const auto proof = [&](std::uint64_t from) { return log.consistency(from, checkpoint.size); };
  MINBEN_TRY(lines, submit_checkpoint(client, witness.url, {write_note(note), checkpoint.size},
                                      one.known_size, limits.conflicts, proof));
  return cosignature_in(lines, *witness.key, note.text);
}

/// Also when the log has grown since: its proofs can still use the older checkpoint.
Result<void> AskedLog::show(const Policy::Witness& witness, NoteSignature line) {
  const std::lock_guard guard(mutex);
  put_signature(gathered, std::move(line));
  const std::string text = write_note(gathered);
  const auto verdict = judge(policy, text);
  if (!verdict)
    return fail(Kind::internal, verdict.error().code, verdict.error().detail, witness.name);
  return log.show(text, verdict->quorum ? Log::Signatures::complete : Log::Signatures::some);
}

void AskedLog::remember(Asked& one, std::uint64_t size, const Result<void>& outcome) {
  const std::lock_guard guard(mutex);
  const auto state = std::ranges::find(states, one.witness->name, &WitnessState::witness);
  if (outcome) {
    *state = {one.witness->name, size, {}};
    one.pause = milliseconds(0);
    one.not_before = {};
    return;
  }
  if (state->failure != outcome.error().code)
    spdlog::warn("ledger {}: witness {}: {}", log.origin(), one.witness->name,
                 describe(outcome.error()));
  state->failure = outcome.error().code;
  one.pause = std::clamp(one.pause * 2, limits.pause_ms, limits.longest_pause_ms);
  one.not_before = Steady::now() + one.pause;
}

void AskedLog::start() {
  if (thread.joinable() || asked.empty()) return;
  thread = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void AskedLog::stop() {
  if (!thread.joinable()) return;
  thread.request_stop();
  thread.join();
  thread = {};
}

bool AskedLog::is_complete() const {
  const auto newest = judge(policy, log.checkpoint());
  return newest && newest->quorum;
}

std::uint64_t AskedLog::complete_size() const {
  const auto found = newest_complete(log, policy);
  return found && *found ? (**found).verdict.checkpoint.size : 0;
}

}  // namespace

// --------------------------------------------------------------------------------------- face

struct Witnessing::Impl {
  const Logs* logs = nullptr;  ///< none: just the one log
  const Policy policy;
  const net::ClientConfig client;
  const WitnessingLimits limits;
  mutable std::mutex mutex;
  /// By number, the newest last; of those before it only what lacked its quorum. None ever goes.
  std::map<int, std::unique_ptr<AskedLog>> asked;
  bool running = false;
  std::condition_variable_any wake;
  std::jthread follower;

  void take_new();
  void follow(const std::stop_token& stop);
  [[nodiscard]] AskedLog& newest() const {
    const std::lock_guard guard(mutex);
    return *asked.rbegin()->second;
  }
};

/// Logs that were begun since.
void Witnessing::Impl::take_new() {
  (void)logs->follow();  // what fails now is tried again, and said by who appends
  const int newest = logs->current().first;
  const std::lock_guard guard(mutex);
  for (int number = asked.empty() ? 1 : asked.rbegin()->first + 1; number <= newest; ++number) {
    const auto log = logs->log(number);
    if (!log) return;
    auto one = std::make_unique<AskedLog>(**log, with_successors(policy, *logs), client, limits);
    if (number < newest && one->is_complete()) continue;
    if (running) one->start();
    asked[number] = std::move(one);
  }
}

void Witnessing::Impl::follow(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    take_new();
    std::unique_lock guard(mutex);
    wake.wait_for(guard, stop, limits.pause_ms, [] { return false; });
  }
}

Witnessing::Witnessing(Log& log, Policy policy, const net::ClientConfig& client,
                       const WitnessingLimits& limits)
    : impl_(new Impl{nullptr, policy, client, limits, {}, {}, false, {}, {}}) {
  impl_->asked[1] = std::make_unique<AskedLog>(log, std::move(policy), client, limits);
}

Witnessing::Witnessing(const Logs& logs, const Policy& policy, const net::ClientConfig& client,
                       const WitnessingLimits& limits)
    : impl_(new Impl{&logs, policy, client, limits, {}, {}, false, {}, {}}) {
  impl_->take_new();
}

Witnessing::~Witnessing() { stop(); }

void Witnessing::start() {
  if (std::exchange(impl_->running, true)) return;
  for (const auto& [number, one] : impl_->asked) one->start();
  if (impl_->logs == nullptr) return;
  impl_->follower = std::jthread([this](const std::stop_token& stop) { impl_->follow(stop); });
}

void Witnessing::stop() {
  impl_->follower = {};
  impl_->running = false;
  for (const auto& [number, one] : impl_->asked) one->stop();
}

Result<Verdict> Witnessing::run_once() {
  impl_->newest().round(false);
  return verdict();
}

Result<Verdict> Witnessing::verdict() const {
  const AskedLog& newest = impl_->newest();
  return judge(newest.policy, newest.log.checkpoint());
}

Position Witnessing::complete_until() const {
  const std::lock_guard guard(impl_->mutex);
  for (const auto& [number, one] : impl_->asked)
    if (number == impl_->asked.rbegin()->first || !one->is_complete())
      return {number, one->complete_size()};
  return {};
}

std::vector<WitnessState> Witnessing::states() const {
  const AskedLog& newest = impl_->newest();
  const std::lock_guard guard(newest.mutex);
  return newest.states;
}

const Policy& Witnessing::policy() const { return impl_->newest().policy; }

}  // namespace minben::ledger
