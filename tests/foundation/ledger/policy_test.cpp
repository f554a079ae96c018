// Cosignatures and the policies that count them.
#include <gmock/gmock.h>

#include "core/core.hpp"
#include "ledger/cosignature.hpp"
#include "ledger/policy.hpp"

namespace minben::ledger {
namespace {

using std::chrono::sys_seconds;

constexpr std::string_view origin = "minben.example/log";
const Instant noon = parse_instant("2026-11-29T12:00:00.75Z").value();

trust::SigningKey key_of(std::string_view name) {
  return trust::SigningKey::from_ed25519_seed(sha256(name)).value();
}
NoteSigner log_signer(std::string_view name = origin) {
  return NoteSigner::make(name, key_of(name)).value();
}
Cosigner witness(const std::string& name) {
  return Cosigner::make("witness.example/" + name, key_of(name)).value();
}
Note checkpoint(std::uint64_t size = 42) {
  const std::string text =
      write_checkpoint({std::string(origin), size, sha256(std::to_string(size)), {}});
  return {text, {log_signer().sign(text)}};
}
std::string cosigned_by(const std::vector<std::string>& names) {
  Note note = checkpoint();
  for (const std::string& name : names) put_signature(note, witness(name).sign(note.text, noon));
  return write_note(note);
}

// ------------------------------------------------------------------------------- cosignatures

TEST(Cosignature, SignsTheTimeAndTheWholeBody) {
  const Note note = checkpoint();
  const Cosigner cosigner = witness("w1");
  const NoteSignature line = cosigner.sign(note.text, noon);
  EXPECT_EQ(line.name, "witness.example/w1");
  ASSERT_EQ(line.signature.size(), 72u);
  // timestamped_signature: u64 big-endian, then the signature over the spelled-out message.
  EXPECT_EQ(hex_encode(Octets(line.signature).first(8)), "000000006b0c13c0");
  const std::string spelled = "cosignature/v1\ntime 1795953600\n" + note.text;
  EXPECT_TRUE(
      key_of("w1").verify_key().verify(as_bytes(spelled), Octets(line.signature).subspan(8)));
  EXPECT_EQ(cosigner.verifier().verify(note.text, line.signature),
            std::chrono::floor<seconds>(noon));
}

TEST(Cosignature, HasAKeyIdOfItsOwnType) {
  const auto cosigner = witness("w1");
  const Bytes raw = key_of("w1").verify_key().bytes();
  std::string hashed = "witness.example/w1\n\x04";
  hashed.append(raw.begin(), raw.end());
  const Hash digest = sha256(hashed);
  const std::string id = hex_encode(Octets(digest).first(4));
  EXPECT_EQ(fmt::format("{:08x}", cosigner.verifier().key_id()), id);
  const std::string vkey = cosigner.verifier().vkey();
  EXPECT_TRUE(vkey.starts_with("witness.example/w1+" + id + "+B")) << vkey;  // 04 …
  EXPECT_EQ(CosignatureVerifier::parse(vkey).value(), cosigner.verifier());
  // A log's key is no witness's key and the other way round.
  EXPECT_EQ(CosignatureVerifier::parse(log_signer().verifier().vkey()).error().code,
            "not_a_verifier_key");
  EXPECT_EQ(NoteVerifier::parse(vkey).error().code, "not_a_verifier_key");
}

TEST(Cosignature, DoesNotHoldWhenAnythingIsChanged) {
  const Note note = checkpoint();
  const auto cosigner = witness("w1");
  const Bytes good = cosigner.sign(note.text, noon).signature;
  for (std::size_t i = 0; i < good.size(); ++i) {
    Bytes bad = good;
    bad[i] ^= 1;
    EXPECT_FALSE(cosigner.verifier().verify(note.text, bad)) << i;
  }
  EXPECT_FALSE(cosigner.verifier().verify(checkpoint(43).text, good));
  EXPECT_FALSE(witness("w2").verifier().verify(note.text, good));
  EXPECT_FALSE(cosigner.verifier().verify(note.text, Octets(good).first(7)));
  EXPECT_FALSE(cosigner.verifier().verify(note.text, {}));
}

TEST(Cosignature, TimeIsAboveZeroAndFitsSigned) {
  const Note note = checkpoint();
  const auto stamped = [&](std::uint64_t time) {
    Bytes out;
    for (int shift = 56; shift >= 0; shift -= 8)
      out.push_back(static_cast<std::uint8_t>(time >> shift));
    const Bytes signature =
        key_of("w1").sign(as_bytes(fmt::format("cosignature/v1\ntime {}\n{}", time, note.text)));
    out.insert(out.end(), signature.begin(), signature.end());
    return out;
  };
  const auto verifier = witness("w1").verifier();
  EXPECT_EQ(verifier.verify(note.text, stamped(1)), sys_seconds(seconds(1)));
  EXPECT_EQ(verifier.verify(note.text, stamped(INT64_MAX)), sys_seconds(seconds(INT64_MAX)));
  EXPECT_FALSE(verifier.verify(note.text, stamped(0)));
  EXPECT_FALSE(verifier.verify(note.text, stamped(std::uint64_t{1} << 63)));
  EXPECT_EQ(to_string(to_instant(sys_seconds(seconds(INT64_MAX)))), "9999-12-31T23:59:59Z");
}

TEST(Cosignature, LinesAreAddedOnceForEachKey) {
  Note note = checkpoint();
  put_signature(note, witness("w1").sign(note.text, noon));
  put_signature(note, witness("w2").sign(note.text, noon));
  put_signature(note, witness("w1").sign(note.text, noon + hours(1)));
  ASSERT_EQ(note.signatures.size(), 3u);
  EXPECT_EQ(witness("w1").verifier().verify(note.text, note.signatures[1].signature),
            std::chrono::floor<seconds>(noon + hours(1)));
  const auto lines = write_signature_lines(std::span(note.signatures).subspan(1));
  EXPECT_EQ(write_signature_lines(parse_signature_lines(lines).value()), lines);
  for (const std::string_view bad : {"", "\n", "— name\n", "— name AAAAAAAA", "x\n"})
    EXPECT_FALSE(parse_signature_lines(bad)) << bad;
  // Others who know nothing of cosignatures read the checkpoint as before.
  EXPECT_TRUE(open_checkpoint(write_note(note), log_signer().verifier()));
}

// ----------------------------------------------------------------------------------- policies

std::string log_line(std::string_view name = origin) {
  return fmt::format("log {}\n", log_signer(name).verifier().vkey());
}
std::string witness_line(const std::string& name, std::string_view url = "") {
  return fmt::format("witness {} {} {}\n", name, witness(name).verifier().vkey(), url);
}
std::string witness_lines() {
  std::string out;
  for (const char* name : {"x1", "x2", "x3", "y1", "y2", "y3"}) out += witness_line(name);
  return out;
}
std::string two_levels() {  // the example of tlog-policy
  return log_line() + "\n" + witness_lines() +
         "group X-witnesses 2 x1 x2 x3\n"
         "\tgroup  Y-witnesses any y1 y2 y3 \n"
         "  # both\n"
         "group X-and-Y all X-witnesses Y-witnesses\n"
         "quorum X-and-Y\n";
}

TEST(Policies, CountAsTheirGroupsSay) {
  const auto policy = parse_policy(two_levels());
  ASSERT_TRUE(policy) << describe(policy.error());
  EXPECT_EQ(policy->logs.size(), 1u);
  EXPECT_EQ(policy->witnesses.size(), 6u);
  const auto quorum = [&](const std::vector<std::string>& names) {
    const auto verdict = judge(*policy, cosigned_by(names));
    EXPECT_TRUE(verdict) << describe(verdict.error());
    EXPECT_EQ(verdict->cosigned(), names.size());
    return verdict->quorum;
  };
  EXPECT_FALSE(quorum({}));
  EXPECT_FALSE(quorum({"x1", "x2"}));
  EXPECT_FALSE(quorum({"x1", "y1", "y2", "y3"}));
  EXPECT_TRUE(quorum({"x1", "x3", "y2"}));
  EXPECT_TRUE(quorum({"x1", "x2", "x3", "y1", "y2", "y3"}));
}

TEST(Policies, SayWhoIsMissing) {
  const auto policy = parse_policy(two_levels()).value();
  const auto verdict = judge(policy, cosigned_by({"x1", "y2"})).value();
  EXPECT_EQ(verdict.checkpoint.size, 42u);
  std::vector<std::string> missing;
  for (const Standing& one : verdict.witnesses)
    if (!one.cosigned_at) missing.push_back(one.witness);
  EXPECT_THAT(missing, testing::ElementsAre("x2", "x3", "y1", "y3"));
  EXPECT_EQ(verdict.witnesses.front().cosigned_at, std::chrono::floor<seconds>(noon));
}

TEST(Policies, QuorumNoneAndSingleWitnesses) {
  EXPECT_TRUE(judge(parse_policy(log_line() + "quorum none\n").value(), cosigned_by({}))->quorum);
  const auto one = parse_policy(witness_line("x1") + "quorum x1\n").value();  // no log: caller's
  EXPECT_FALSE(judge(one, cosigned_by({"x2"}))->quorum);
  EXPECT_TRUE(judge(one, cosigned_by({"x1"}))->quorum);
}

TEST(Policies, RefuseNotesOfOthersAndForgedCosignatures) {
  const auto policy = parse_policy(two_levels()).value();
  const auto other = parse_policy(log_line("other.example/log") + "quorum none\n").value();
  EXPECT_EQ(judge(other, cosigned_by({})).error().code, "unsigned_note");
  Note forged = checkpoint();
  NoteSignature line = witness("x1").sign(checkpoint(43).text, noon);
  forged.signatures.push_back(line);
  EXPECT_EQ(judge(policy, write_note(forged)).error().code, "bad_signature");
  // A log that is known may not sign for another's origin.
  const std::string text = write_checkpoint({"other.example/log", 1, sha256("x"), {}});
  EXPECT_EQ(judge(policy, write_note({text, {log_signer().sign(text)}})).error().code,
            "wrong_origin");
}

TEST(Policies, PostQuantumWitnessesAreReadAndNeverCount) {
  std::string typed(1 + mldsa_cosignature_key_bytes, 'k');
  typed[0] = '\x06';
  const Hash digest = sha256("pq.example/w\n" + typed);
  const std::string vkey = fmt::format("pq.example/w+{}+{}", hex_encode(Octets(digest).first(4)),
                                       base64_encode(as_bytes(typed)));
  const auto policy = parse_policy(log_line() + witness_line("x1") + "witness pq " + vkey +
                                   "\ngroup both all x1 pq\nquorum both\n");
  ASSERT_TRUE(policy) << describe(policy.error());
  EXPECT_FALSE(policy->witnesses[1].key);
  Note note = checkpoint();
  put_signature(note, witness("x1").sign(note.text, noon));
  note.signatures.push_back({"pq.example/w",
                             std::uint32_t{digest[0]} << 24 | std::uint32_t{digest[1]} << 16 |
                                 std::uint32_t{digest[2]} << 8 | digest[3],
                             Bytes(2428, 7)});
  const auto verdict = judge(*policy, write_note(note));
  ASSERT_TRUE(verdict) << describe(verdict.error());
  EXPECT_EQ(verdict->cosigned(), 1u);
  EXPECT_FALSE(verdict->quorum);
}

TEST(Policies, AreWrittenAsTheyAreRead) {
  const auto policy = parse_policy(log_line() + witness_line("x1", "https://x1.example/w") +
                                   witness_line("x2") + "group g any x1 x2\nquorum g\n")
                          .value();
  const std::string text = write_policy(policy);
  EXPECT_EQ(write_policy(parse_policy(text).value()), text);
  EXPECT_THAT(text, testing::HasSubstr("https://x1.example/w\n"));
  EXPECT_THAT(write_policy(policy, Urls::without), testing::Not(testing::HasSubstr("https")));
}

TEST(Policies, FaultsNameTheirLine) {
  const auto fault = [](const std::string& text) {
    const auto policy = parse_policy(text, "file");
    if (policy) return std::string("none");
    EXPECT_EQ(policy.error().field, "file");
    return fmt::format("{}:{}", policy.error().code, policy.error().line);
  };
  const std::string w = witness_line("x1") + witness_line("x2") + witness_line("x3");
  const std::string end = "quorum none\n";
  EXPECT_EQ(fault(""), "missing_quorum:0");
  EXPECT_EQ(fault(w), "missing_quorum:3");
  EXPECT_EQ(fault(w + end + end), "second_quorum:5");
  EXPECT_EQ(fault(w + "quorum x9\n"), "undefined_name:4");
  EXPECT_EQ(fault("quorum x1\n" + w), "undefined_name:1");
  EXPECT_EQ(fault(w + "quorum\n"), "bad_line:4");
  EXPECT_EQ(fault(w + "quorum x1 x2\n"), "bad_line:4");
  EXPECT_EQ(fault(end + "Log x\n"), "unknown_keyword:2");
  EXPECT_EQ(fault(end + "quorumnone\n"), "unknown_keyword:2");
  EXPECT_EQ(fault("log\n" + end), "bad_line:1");
  EXPECT_EQ(fault("log not-a-key\n" + end), "not_a_verifier_key:1");
  EXPECT_EQ(fault("log " + witness("x1").verifier().vkey() + "\n" + end), "not_a_verifier_key:1");
  EXPECT_EQ(fault("witness a " + log_signer().verifier().vkey() + "\n" + end),
            "not_a_verifier_key:1");
  EXPECT_EQ(fault(log_line() + log_line() + end), "duplicate_key:2");
  const auto renamed = Cosigner::make("another.name/w", key_of("x1")).value().verifier().vkey();
  EXPECT_EQ(fault(w + "witness x4 " + renamed + "\n" + end), "duplicate_key:4");
  EXPECT_EQ(fault(w + "witness x1 " + witness("x4").verifier().vkey() + "\n" + end),
            "duplicate_name:4");
  EXPECT_EQ(fault(w + "group x1 any x2\n" + end), "duplicate_name:4");
  EXPECT_EQ(fault(w + "group none any x2\n" + end), "duplicate_name:4");
  EXPECT_EQ(fault(w + "group g any none\n" + end), "undefined_name:4");
  EXPECT_EQ(fault(w + "group g any g\n" + end), "undefined_name:4");
  EXPECT_EQ(fault(w + "group g any\n" + end), "bad_line:4");
  for (const char* threshold : {"0", "4", "-1", "+1", "02", "1.0", "All", "x"})
    EXPECT_EQ(fault(w + "group g " + threshold + " x1 x2 x3\n" + end), "bad_threshold:4")
        << threshold;
  EXPECT_EQ(fault(w + "group g 2 x1 x1\n" + end), "member_twice:4");
  EXPECT_EQ(fault(w + "group g any x1\ngroup h any x1\n" + end), "member_twice:5");
  EXPECT_EQ(fault(w + "quorum none"), "not_a_policy:4");
  EXPECT_EQ(fault(w + "quorum\vnone\n"), "not_a_policy:0");
  EXPECT_EQ(fault(w + "quorum none\r\n"), "not_a_policy:0");
  EXPECT_EQ(fault(std::string(300'000, '\n') + end), "not_a_policy:0");
  EXPECT_EQ(fault("# 註解\n \t\n" + end), "none");
}

}  // namespace
}  // namespace minben::ledger
