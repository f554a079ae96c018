#include "ledger/policy.hpp"

#include <set>

#include <fmt/ranges.h>

#include "note_parts.hpp"

namespace minben::ledger {

namespace {

constexpr std::size_t max_policy = 256u << 10;
constexpr std::size_t max_each = 256;
constexpr std::string_view nobody = "none";  // predefined, as a quorum only

Error fault(std::string_view code, std::string_view detail) {
  return {Kind::invalid, std::string(code), std::string(detail), {}, 0, 0};
}

/// §Character set: tab, newline, and what is printable or not ASCII.
bool is_policy_text(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    const auto octet = static_cast<unsigned char>(c);
    return octet == '\t' || octet == '\n' || (octet >= 0x20 && octet != 0x7f);
  });
}

/// §Structure: spaces and tabs separate, nothing else does.
std::vector<std::string_view> items_of(std::string_view line) {
  std::vector<std::string_view> items;
  for (std::size_t at = line.find_first_not_of(" \t"); at != std::string_view::npos;) {
    const std::size_t end = std::min(line.find_first_of(" \t", at), line.size());
    items.push_back(line.substr(at, end - at));
    at = line.find_first_not_of(" \t", end);
  }
  return items;
}

/// Two keys are duplicates when the public key is the same, whatever their names (§Public key
/// representation).
Octets bare_key(const KeyText& key) { return Octets(key.typed).subspan(1); }

class Parser {
 public:
  Result<void> add(std::string_view line) {
    const auto items = items_of(line);
    if (items.empty() || items.front().starts_with('#')) return {};
    if (items[0] == "log") return add_log(items);
    if (items[0] == "witness") return add_witness(items);
    if (items[0] == "group") return add_group(items);
    if (items[0] == "quorum") return add_quorum(items);
    return fail(fault("unknown_keyword", "expected log, witness, group or quorum"));
  }
  Result<Policy> finish() {
    if (!has_quorum_) return fail(fault("missing_quorum", "exactly one quorum line is needed"));
    return std::move(policy_);
  }

 private:
  using Items = std::vector<std::string_view>;

  Result<void> add_log(const Items& items) {
    if (items.size() < 2 || items.size() > 3) return bad_line("log <vkey> [<url>]");
    if (policy_.logs.size() == max_each) return too_many();
    MINBEN_TRY(text, parse_key_text(items[1]));
    MINBEN_TRY(key, NoteVerifier::parse(items[1]));
    MINBEN_CHECK(remember(log_keys_, text));
    policy_.logs.push_back({std::move(key), std::string(items.size() > 2 ? items[2] : "")});
    return {};
  }

  Result<void> add_witness(const Items& items) {
    if (items.size() < 3 || items.size() > 4) return bad_line("witness <name> <vkey> [<url>]");
    if (policy_.witnesses.size() == max_each) return too_many();
    MINBEN_TRY(text, parse_key_text(items[2]));
    Policy::Witness witness{std::string(items[1]),
                            std::string(items[2]),
                            {},
                            std::string(items.size() > 3 ? items[3] : "")};
    const bool is_mldsa = text.typed.front() == mldsa_cosignature_key_type &&
                          text.typed.size() == 1 + mldsa_cosignature_key_bytes;
    if (!is_mldsa) {
      MINBEN_TRY(key, CosignatureVerifier::parse(items[2]));
      witness.key = std::move(key);
    }
    MINBEN_CHECK(remember(witness_keys_, text));
    MINBEN_CHECK(define(items[1]));
    policy_.witnesses.push_back(std::move(witness));
    return {};
  }

  Result<void> add_group(const Items& items) {
    if (items.size() < 4) return bad_line("group <name> <all|any|number> <name>...");
    if (policy_.groups.size() == max_each) return too_many();
    Policy::Group group{std::string(items[1]), 1, {items.begin() + 3, items.end()}};
    const std::size_t count = group.members.size();
    if (items[2] == "all") {
      group.threshold = count;
    } else if (items[2] != "any") {
      const auto number = parse_integer(items[2], 1, static_cast<std::int64_t>(count));
      if (!number || std::to_string(*number) != items[2])
        return fail(fault("bad_threshold", fmt::format("all, any, or 1 to {}", count)));
      group.threshold = static_cast<std::size_t>(*number);
    }
    for (const std::string& member : group.members) {
      if (!is_defined(member)) return undefined(member);
      if (!members_.insert(member).second)  // §Defining a witness group: counts in one way only
        return fail(fault("member_twice", member + " is a member of a group already"));
    }
    MINBEN_CHECK(define(items[1]));
    policy_.groups.push_back(std::move(group));
    return {};
  }

  Result<void> add_quorum(const Items& items) {
    if (items.size() != 2) return bad_line("quorum <name>");
    if (has_quorum_) return fail(fault("second_quorum", "exactly one quorum line is needed"));
    if (items[1] != nobody && !is_defined(items[1])) return undefined(items[1]);
    policy_.quorum = items[1];
    has_quorum_ = true;
    return {};
  }

  [[nodiscard]] bool is_defined(std::string_view name) const {
    return names_.contains(std::string(name));
  }
  Result<void> define(std::string_view name) {
    if (name == nobody || !names_.insert(std::string(name)).second)
      return fail(fault("duplicate_name", std::string(name) + " is taken"));
    return {};
  }
  static Result<void> remember(std::set<Bytes>& keys, const KeyText& key) {
    const Octets bare = bare_key(key);
    if (!keys.emplace(bare.begin(), bare.end()).second)
      return fail(fault("duplicate_key", "this key stands on an earlier line"));
    return {};
  }
  static std::unexpected<Error> bad_line(std::string_view form) {
    return fail(fault("bad_line", form));
  }
  static std::unexpected<Error> too_many() {
    return fail(fault("not_a_policy", "more than 256 of a kind"));
  }
  static std::unexpected<Error> undefined(std::string_view name) {
    return fail(fault("undefined_name", std::string(name) + " is on no earlier line"));
  }

  Policy policy_;
  std::set<std::string> names_, members_;
  std::set<Bytes> log_keys_, witness_keys_;
  bool has_quorum_ = false;
};

}  // namespace

Result<Policy> parse_policy(std::string_view text, std::string_view file) {
  const auto at = [&](Error error, int line) {
    error.field = file;
    error.line = line;
    return fail(std::move(error));
  };
  if (text.size() > max_policy) return at(fault("not_a_policy", "larger than 256 KiB"), 0);
  if (!is_policy_text(text)) return at(fault("not_a_policy", "a control character"), 0);
  Parser parser;
  int line = 0;
  while (!text.empty()) {
    ++line;
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos)
      return at(fault("not_a_policy", "the last line does not end in a newline"), line);
    if (auto added = parser.add(text.substr(0, end)); !added)
      return at(std::move(added).error(), line);
    text.remove_prefix(end + 1);
  }
  auto policy = parser.finish();
  if (!policy) return at(std::move(policy).error(), line);
  return policy;
}

std::string write_policy(const Policy& policy, Urls urls) {
  const auto url = [&](const std::string& text) {
    return urls == Urls::without || text.empty() ? std::string() : " " + text;
  };
  std::string out;
  for (const Policy::Log& log : policy.logs)
    out += fmt::format("log {}{}\n", log.key.vkey(), url(log.url));
  for (const Policy::Witness& witness : policy.witnesses)
    out += fmt::format("witness {} {}{}\n", witness.name, witness.vkey, url(witness.url));
  for (const Policy::Group& group : policy.groups)
    out +=
        fmt::format("group {} {} {}\n", group.name, group.threshold, fmt::join(group.members, " "));
  return out + fmt::format("quorum {}\n", policy.quorum);
}

// -------------------------------------------------------------------------------------- judging

bool Policy::satisfied_by(const std::vector<std::string>& cosigned) const {
  if (quorum == nobody) return true;
  std::set<std::string> witnessed(cosigned.begin(), cosigned.end());
  for (const Group& group : groups) {  // members stand before their group
    const auto count = std::ranges::count_if(
        group.members, [&](const std::string& member) { return witnessed.contains(member); });
    if (static_cast<std::size_t>(count) >= group.threshold) witnessed.insert(group.name);
  }
  return witnessed.contains(quorum);
}

std::size_t Verdict::cosigned() const {
  return static_cast<std::size_t>(std::ranges::count_if(
      witnesses, [](const Standing& one) { return one.cosigned_at.has_value(); }));
}

namespace {

/// Nothing: there is no line of this witness. Several lines of one key must all hold.
Result<std::optional<std::chrono::sys_seconds>> cosigned_at(const Note& note,
                                                            const CosignatureVerifier& key) {
  std::optional<std::chrono::sys_seconds> newest;
  for (const NoteSignature& line : note.signatures) {
    if (!key.made(line) || repeats(note, line)) continue;
    const auto time = key.verify(note.text, line.signature);
    if (!time)
      return fail(Kind::invalid, "bad_signature",
                  "the cosignature of a known witness does not hold", key.name());
    newest = std::max(newest.value_or(*time), *time);
  }
  return newest;
}

Result<Note> open_as_log(const Policy& policy, std::string_view text) {
  if (policy.logs.empty()) return parse_note(text);
  std::vector<NoteVerifier> keys;
  for (const Policy::Log& log : policy.logs) keys.push_back(log.key);
  MINBEN_TRY(note, open_note(text, keys));
  MINBEN_TRY(checkpoint, parse_checkpoint(note.text));
  const bool by_origin = std::ranges::any_of(note.signatures, [&](const NoteSignature& line) {
    return line.name == checkpoint.origin &&
           std::ranges::any_of(keys, [&](const NoteVerifier& key) {
             return key.name() == line.name && key.key_id() == line.key_id;
           });
  });
  if (!by_origin)
    return fail(Kind::invalid, "wrong_origin", "the checkpoint is of another log than its key");
  return note;
}

}  // namespace

Result<Verdict> judge(const Policy& policy, std::string_view text) {
  MINBEN_TRY(note, open_as_log(policy, text));
  Verdict verdict;
  MINBEN_TRY(checkpoint, parse_checkpoint(note.text));
  verdict.checkpoint = std::move(checkpoint);
  std::vector<std::string> cosigned;
  for (const Policy::Witness& witness : policy.witnesses) {
    Standing standing{witness.name, {}};
    if (witness.key) {
      MINBEN_TRY(time, cosigned_at(note, *witness.key));
      standing.cosigned_at = time;
    }
    if (standing.cosigned_at) cosigned.push_back(witness.name);
    verdict.witnesses.push_back(std::move(standing));
  }
  verdict.quorum = policy.satisfied_by(cosigned);
  return verdict;
}

}  // namespace minben::ledger
