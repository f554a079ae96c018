#include "ledger/monitor.hpp"

#include "ledger/files.hpp"
#include "ledger/seal.hpp"
#include "remote_tiles.hpp"

namespace minben::ledger {

namespace {

constexpr std::string_view state_format = "minben-watch/1";
constexpr std::size_t max_state = 2u << 20;

std::unexpected<Error> damaged(std::string_view detail) {
  return fail(Kind::internal, "state_damaged", detail);
}

Result<void> keep(const fs::path& path, std::string_view text) {
  return disk().replace_for_good(path, as_bytes(text));
}

Result<std::optional<std::string>> kept(const fs::path& path) {
  MINBEN_TRY(content, disk().read(path, max_state));
  if (!content) return std::nullopt;
  return std::string(as_text(*content));
}

JsonObject shown(const Checkpoint& checkpoint) {
  return {{"size", checkpoint.size}, {"root", base64_encode(checkpoint.root)}};
}

}  // namespace

std::string write_monitor_state(const MonitorState& state) {
  JsonObject json{{"format", state_format},
                  {"key", state.vkey},
                  {"checkpoint", state.note},
                  {"since", to_string(state.since)},
                  {"sealed", state.sealed}};
  if (state.short_since) json["short_since"] = to_string(*state.short_since);
  return write_json_pretty(json) + "\n";
}

Result<MonitorState> parse_monitor_state(std::string_view text) {
  const auto json = parse_json(text, {.max_bytes = max_state, .max_depth = 4});
  if (!json || string_or(*json, "format") != state_format) return damaged("not a watch's state");
  const auto since = parse_instant(string_or(*json, "since"));
  const auto sealed = get_bool(*json, "sealed");
  if (!since || !sealed) return damaged("a part is missing");
  MonitorState state{string_or(*json, "key"), string_or(*json, "checkpoint"), *since, *sealed};
  if (find(*json, "short_since") == nullptr) return state;
  const auto short_since = parse_instant(string_or(*json, "short_since"));
  if (!short_since) return damaged("not a time");
  state.short_since = *short_since;
  return state;
}

// ------------------------------------------------------------------------------------- looks

struct Monitor::Impl {
  Impl(const Source& from, MonitorOptions how, const Clock& time)
      : source(from), options(std::move(how)), clock(time) {}

  const Source& source;
  const MonitorOptions options;
  const Clock& clock;
  std::optional<MonitorState> state;
  std::optional<Verdict> verdict;  ///< of what is shown now, with a policy
  std::vector<Event> events;

  void say(std::string code, JsonObject details) {
    events.push_back({std::move(code), false, std::move(details)});
  }
  void alarm(const Error& error, JsonObject details = {}) {
    const bool reached = error.kind != Kind::unavailable && error.code != "source_unavailable" &&
                         error.code != "tls_server_ca";
    details["detail"] = reached ? error.detail : describe(error);
    if (!error.field.empty()) details["file"] = error.field;
    events.push_back({reached ? error.code : "unreachable", true, std::move(details)});
  }

  Result<void> load();
  Result<std::optional<NoteVerifier>> key();
  Result<void> look();
  Result<void> look_at(const std::string& note, const NoteVerifier& key);
  void judge_quorum(const std::string& note);
  void say_right(std::string code, JsonObject details);
  Result<void> check_quorum();
  Result<void> compare(const std::string& note, const NoteVerifier& key, const Checkpoint& now,
                       const Checkpoint& before);
  Result<void> forked(const std::string& note, const Checkpoint& now, const Checkpoint& before);
  Result<void> take(const std::string& note, const NoteVerifier& key, const Checkpoint& now,
                    std::string code);
  void look_at_ends(RemoteTiles& tiles, const NoteVerifier& key, const Checkpoint& now, bool first,
                    MonitorState& next);
  void check_age(const Checkpoint& now);
};

Result<void> Monitor::Impl::load() {
  MINBEN_TRY(text, kept(options.state));
  if (!text) return {};
  MINBEN_TRY(known, parse_monitor_state(*text));
  state = std::move(known);
  return {};
}

/// Nothing when the log could not be asked for its key, which was said.
Result<std::optional<NoteVerifier>> Monitor::Impl::key() {
  std::string vkey = options.vkey;
  if (vkey.empty() && state) vkey = state->vkey;
  if (vkey.empty()) {
    const auto own = source.read("vkey");
    if (!own) alarm(own.error());
    else if (!*own) alarm({Kind::not_found, "missing_file", "no key", "vkey", 0, 0});
    if (!own || !*own) return std::nullopt;
    vkey = as_text(**own);
  }
  MINBEN_TRY(parsed, NoteVerifier::parse(vkey));
  return parsed;
}

Result<void> Monitor::Impl::look() {
  if (!state) MINBEN_CHECK(load());
  MINBEN_TRY(known, key());
  if (!known) return {};
  const auto text = source.read("checkpoint");
  if (!text) {
    alarm(text.error());
    return {};
  }
  if (!*text) {
    alarm({Kind::not_found, "missing_file", "no checkpoint", "checkpoint", 0, 0});
    return {};
  }
  return look_at(std::string(as_text(**text)), *known);
}

Result<void> Monitor::Impl::look_at(const std::string& note, const NoteVerifier& key) {
  const auto now = open_checkpoint(note, key);
  if (!now) {
    alarm(now.error());
    return {};
  }
  judge_quorum(note);
  if (!state) return take(note, key, *now, "first_seen");
  const auto before = open_checkpoint(state->note, key);
  if (!before) return damaged("the remembered checkpoint is not of this key");
  return compare(note, key, *now, *before);
}

Result<void> Monitor::Impl::compare(const std::string& note, const NoteVerifier& key,
                                    const Checkpoint& now, const Checkpoint& before) {
  if (now.size < before.size) {
    alarm({Kind::invalid, "rolled_back", "it is smaller than it was", {}, 0, 0},
          {{"size", now.size}, {"was", shown(before)}});
    return {};
  }
  if (now.size == before.size) {
    if (now.root != before.root) return forked(note, now, before);
    say_right("unchanged", shown(now));
    check_age(now);
    return check_quorum();
  }
  if (before.size == 0) return take(note, key, now, "grown");
  RemoteTiles tiles(source, now.size);
  const auto proof = consistency_proof(before.size, now.size, tiles.subtrees());
  if (!proof) {
    alarm(proof.error(), {{"size", now.size}, {"was", shown(before)}});
    return {};
  }
  if (!check_consistency(before.size, now.size, *proof, before.root, now.root))
    return forked(note, now, before);
  return take(note, key, now, "grown");
}

/// Both notes together prove to anybody that the log shows two histories.
Result<void> Monitor::Impl::forked(const std::string& note, const Checkpoint& now,
                                   const Checkpoint& before) {
  const std::string name = fmt::format("{}.fork-{}-{}", options.state.filename().string(), now.size,
                                       hex_encode(sha256(note)).substr(0, 8));
  const fs::path evidence = options.state.parent_path() / name;
  MINBEN_CHECK(keep(evidence, state->note + "\n" + note));
  alarm({Kind::invalid, "forked", "it shows another history than before", {}, 0, 0},
        {{"size", now.size},
         {"root", base64_encode(now.root)},
         {"was", shown(before)},
         {"evidence", evidence.string()}});
  return {};
}

Result<void> Monitor::Impl::take(const std::string& note, const NoteVerifier& key,
                                 const Checkpoint& now, std::string code) {
  const bool first = !state;
  MonitorState next{key.vkey(), note, clock.now(), false, {}};
  if (state) next.short_since = state->short_since;
  JsonObject details = shown(now);
  if (first) details["key"] = next.vkey;
  say_right(std::move(code), std::move(details));
  RemoteTiles tiles(source, now.size);
  if (now.size > 0) look_at_ends(tiles, key, now, first, next);
  MINBEN_CHECK(keep(options.state, write_monitor_state(next)));
  state = std::move(next);
  return check_quorum();
}

/// Whether the log continues another, when it is new to us, and whether it has been sealed.
void Monitor::Impl::look_at_ends(RemoteTiles& tiles, const NoteVerifier& key, const Checkpoint& now,
                                 bool first, MonitorState& next) {
  const auto proven = [&](std::uint64_t index) -> Result<Bytes> {
    MINBEN_TRY(entry, tiles.entry(index));
    MINBEN_TRY(proof, inclusion_proof(index, now.size, tiles.subtrees()));
    const auto there = check_inclusion(index, now.size, leaf_hash(entry), proof, now.root);
    if (!there)
      return fail(Kind::invalid, "wrong_tile", "its tiles do not lead to its root", "tile");
    return entry;
  };
  const auto last = proven(now.size - 1);
  if (!last) return alarm(last.error());
  if (const auto seal = parse_seal(*last, key, now.size - 1)) {
    next.sealed = true;
    say("sealed", {{"size", now.size},
                   {"successor", seal->successor.name()},
                   {"successor_key", seal->successor.vkey()}});
  }
  if (!first) return;
  const auto start = proven(0);
  if (!start) return alarm(start.error());
  if (const auto before = parse_predecessor(*start))
    say("continues", {{"predecessor", before->key.name()},
                      {"predecessor_key", before->key.vkey()},
                      {"predecessor_size", before->checkpoint.size},
                      {"predecessor_root", base64_encode(before->checkpoint.root)}});
}

/// A line of a known witness that does not hold refuses the whole note to its readers.
void Monitor::Impl::judge_quorum(const std::string& note) {
  verdict.reset();
  if (!options.policy) return;
  auto judged = judge(*options.policy, note);
  if (judged) verdict = std::move(*judged);
  else alarm(judged.error());
}

/// Of a checkpoint that only adds to what was seen.
void Monitor::Impl::say_right(std::string code, JsonObject details) {
  if (verdict) details["quorum"] = verdict->quorum;
  say(std::move(code), std::move(details));
}

Result<void> Monitor::Impl::check_quorum() {
  if (!verdict) return {};
  MonitorState next = *state;
  if (verdict->quorum) next.short_since.reset();
  else if (!next.short_since) next.short_since = clock.now();
  if (next.short_since != state->short_since) {
    MINBEN_CHECK(keep(options.state, write_monitor_state(next)));
    state = std::move(next);
  }
  if (!state->short_since || clock.now() - *state->short_since < options.patience) return {};
  JsonArray missing;
  for (const Standing& one : verdict->witnesses)
    if (!one.cosigned_at) missing.push_back(Json(one.witness));
  alarm({Kind::invalid, "short_of_quorum", "not enough witnesses have cosigned it", {}, 0, 0},
        {{"size", verdict->checkpoint.size},
         {"since", to_string(*state->short_since)},
         {"cosigned", verdict->cosigned()},
         {"missing", std::move(missing)}});
  return {};
}

void Monitor::Impl::check_age(const Checkpoint& now) {
  const auto age = std::chrono::floor<seconds>(clock.now() - state->since);
  if (options.stale == seconds{0} || state->sealed || age <= options.stale) return;
  alarm({Kind::invalid, "stale", "it has not grown for long", {}, 0, 0},
        {{"size", now.size}, {"since", to_string(state->since)}, {"seconds", age.count()}});
}

Monitor::Monitor(const Source& source, MonitorOptions options, const Clock& clock)
    : impl_(std::make_unique<Impl>(source, std::move(options), clock)) {}
Monitor::~Monitor() = default;

Result<std::vector<Event>> Monitor::look() {
  impl_->events.clear();
  MINBEN_CHECK(impl_->look());
  return std::move(impl_->events);
}

}  // namespace minben::ledger
