// A witness over real HTTP: what it cosigns, and what it refuses with which code.
#include <gmock/gmock.h>

#include <fstream>
#include <thread>

#include "core/core.hpp"
#include "ledger/witness.hpp"
#include "support/shared.hpp"
#include "trees.hpp"

namespace minben::ledger {
namespace {

namespace fs = std::filesystem;
constexpr net::Access anyone{"anyone"};
constexpr std::string_view origin = "minben.example/log";
const Instant noon = parse_instant("2026-11-29T12:00:00Z").value();

struct Witnesses : testing::Test {
  minben::test::TemporaryDirectory temporary;
  fs::path directory = temporary.path() / "witness";
  VirtualClock clock{noon};
  test::Tree tree{origin, "log"};
  Cosigner cosigner = test::cosigner("w1");
  std::unique_ptr<Witness> witness;
  std::unique_ptr<net::Server> server;
  net::Client client{net::ClientConfig{}};

  void SetUp() override {
    tree.grow(100);
    start();
  }
  void start() {
    server.reset();
    witness = Witness::open(directory, cosigner, test::knows(tree), clock).value();
    server = net::Server::start({}, witness_routes(*witness, "/w", anyone), {}).value();
  }
  net::ClientResponse post(const std::string& body) {
    const auto url = fmt::format("http://127.0.0.1:{}/w/add-checkpoint", server->port());
    const auto response = client.send({net::Method::post, url, {}, body});
    EXPECT_TRUE(response) << describe(response.error());
    return *response;
  }
  net::ClientResponse get(const std::string& path) {
    const auto url = fmt::format("http://127.0.0.1:{}/w/{}", server->port(), path);
    return client.send({net::Method::get, url, {}, {}}).value();
  }
  /// Status, and with 409 the size.
  std::string outcome(const std::string& body) {
    const auto response = post(body);
    if (response.status != 409) return std::to_string(response.status);
    EXPECT_EQ(response.headers.get("Content-Type"), "text/x.tlog.size");
    return "409 " + response.body;
  }
  std::string advance(std::uint64_t from, std::uint64_t to) {
    return outcome(tree.request(from, to));
  }
  [[nodiscard]] static std::string home() { return hex_encode(sha256(origin)); }
};

TEST_F(Witnesses, CosignWhatIsConsistent) {
  for (const auto& [from, to] :
       {std::pair<std::uint64_t, std::uint64_t>{0, 1}, {1, 7}, {7, 64}, {64, 64}, {64, 100}}) {
    const auto response = post(tree.request(from, to));
    ASSERT_EQ(response.status, 200) << response.body;
    const auto lines = parse_signature_lines(response.body).value();
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_TRUE(cosigner.verifier().made(lines[0]));
    EXPECT_EQ(cosigner.verifier().verify(tree.text(to), lines[0].signature),
              std::chrono::floor<seconds>(clock.now()));
    clock.advance(seconds(5));
  }
}

TEST_F(Witnesses, BeginWithAnEmptyTreeToo) {
  EXPECT_EQ(advance(0, 0), "200");
  EXPECT_EQ(advance(0, 0), "200");
  EXPECT_EQ(advance(0, 5), "200");
  EXPECT_EQ(advance(0, 0), "409 5\n");
  start();
  const std::string text = write_checkpoint({std::string(origin), 0, sha256("not empty"), {}});
  fs::remove_all(directory);
  start();
  EXPECT_EQ(outcome("old 0\n\n" + tree.sign(text)), "422");
}

TEST_F(Witnesses, RefuseAForkWithItsProof) {
  ASSERT_EQ(advance(0, 50), "200");
  test::Tree fork{origin, "log"};
  fork.grow(40);
  fork.grow(100, "other");
  EXPECT_EQ(outcome(fork.request(50, 80)), "422");
  EXPECT_EQ(outcome(fork.request(50, 50)), "422");  // same size, other root: not 409
  EXPECT_EQ(outcome(fork.request(40, 80)), "409 50\n");
  EXPECT_EQ(outcome(fork.request(0, 80)), "409 50\n");
  EXPECT_EQ(advance(50, 80), "200");
}

TEST_F(Witnesses, RefuseToGoBack) {
  ASSERT_EQ(advance(0, 50), "200");
  EXPECT_EQ(advance(0, 30), "409 50\n");
  EXPECT_EQ(advance(30, 30), "409 50\n");
  EXPECT_EQ(outcome(write_add_checkpoint({50, {}, tree.note(30)})), "400");
  start();  // it remembers
  EXPECT_EQ(advance(0, 30), "409 50\n");
  EXPECT_EQ(advance(0, 60), "409 50\n");
  EXPECT_EQ(advance(50, 60), "200");
}

TEST_F(Witnesses, RefuseBadProofs) {
  ASSERT_EQ(advance(0, 50), "200");
  auto proof = tree.proof(50, 80);
  EXPECT_EQ(outcome(write_add_checkpoint({50, {}, tree.note(80)})), "422");
  EXPECT_EQ(outcome(write_add_checkpoint({50, proof, tree.note(81)})), "422");
  for (Hash& hash : proof) {
    hash[3] ^= 1;
    EXPECT_EQ(outcome(write_add_checkpoint({50, proof, tree.note(80)})), "422");
    hash[3] ^= 1;
  }
  EXPECT_EQ(outcome(write_add_checkpoint({50, proof, tree.note(50)})), "422");
  proof.push_back(proof.front());
  EXPECT_EQ(outcome(write_add_checkpoint({50, proof, tree.note(80)})), "422");
  fs::remove_all(directory);
  start();
  EXPECT_EQ(outcome(write_add_checkpoint({0, {sha256("x")}, tree.note(80)})), "422");
}

TEST_F(Witnesses, RefuseUnknownLogsAndSignatures) {
  test::Tree stranger{"other.example/log", "log"};
  stranger.grow(5);
  EXPECT_EQ(outcome(stranger.request(0, 5)), "404");
  test::Tree impostor{origin, "another key"};
  impostor.grow(5);
  EXPECT_EQ(outcome(impostor.request(0, 5)), "403");
  Note note = parse_note(tree.note(5)).value();
  note.signatures[0].signature[9] ^= 1;
  EXPECT_EQ(outcome(write_add_checkpoint({0, {}, write_note(note)})), "403");
  // A bad line of the known key beside a good one: the note is malformed, also 403.
  note.signatures.push_back(parse_note(tree.note(5))->signatures[0]);
  EXPECT_EQ(outcome(write_add_checkpoint({0, {}, write_note(note)})), "403");
  EXPECT_FALSE(fs::exists(directory / home()));
  // Lines of strangers are ignored.
  note = parse_note(tree.note(5)).value();
  note.signatures.push_back({"stranger", 7, Bytes(72, 1)});
  EXPECT_EQ(outcome(write_add_checkpoint({0, {}, write_note(note)})), "200");
}

TEST_F(Witnesses, RefuseMalformedRequests) {
  const std::string note = tree.note(5);
  std::string many = "old 0\n";
  for (int i = 0; i < 64; ++i) many += base64_encode(sha256("x")) + "\n";
  for (const std::string& body :
       {std::string(), std::string("old 0\n"), "old 0\n" + note, "old 00\n\n" + note,
        "old -1\n\n" + note, "old +1\n\n" + note, "old  0\n\n" + note, "old 0 \n\n" + note,
        "old 0\r\n\n" + note, "old 99999999999999999999\n\n" + note, "Old 0\n\n" + note,
        "old 0\nAAAA\n\n" + note, "old 0\nnot base64\n\n" + note, many + "\n" + note,
        std::string("old 0\n\nno note\n"), std::string("old 0\n\na\nb\nc\n\n— x AAAAAAAA\n")})
    EXPECT_EQ(outcome(body), "400") << body.substr(0, 80);
  EXPECT_EQ(post("old 0\n\n" + std::string(max_add_checkpoint, 'x')).status, 413);
  EXPECT_EQ(outcome("old 0\n\n" + note), "200");
}

TEST_F(Witnesses, ShowMonitorsTheNewestCheckpoint) {
  EXPECT_EQ(get(home() + "/checkpoint").status, 404);
  ASSERT_EQ(advance(0, 50), "200");
  ASSERT_EQ(advance(50, 70), "200");
  const auto response = get(home() + "/checkpoint");
  ASSERT_EQ(response.status, 200);
  const auto policy = parse_policy(fmt::format("log {}\nwitness w {}\nquorum w\n",
                                               tree.key().vkey(), cosigner.verifier().vkey()))
                          .value();
  const auto verdict = judge(policy, response.body);
  ASSERT_TRUE(verdict) << describe(verdict.error());
  EXPECT_EQ(verdict->checkpoint.size, 70u);
  EXPECT_TRUE(verdict->quorum);
  EXPECT_EQ(get("vkey").body, cosigner.verifier().vkey() + "\n");
  EXPECT_EQ(minben::test::read_file(directory / "vkey"), cosigner.verifier().vkey() + "\n");
  for (const std::string path : {"x", "..", "key.pem"})
    EXPECT_NE(get(path + "/checkpoint").status, 200) << path;
}

TEST_F(Witnesses, ARequestThatWasKeptButNotAnsweredIsHarmless) {
  ASSERT_EQ(advance(0, 50), "200");
  // Killed after persisting 70: the state is newer than what monitors see and what was answered.
  std::ofstream(directory / home() / "state", std::ios::binary) << tree.note(70);
  start();
  EXPECT_EQ(advance(50, 70), "409 70\n");  // the log learns where the witness is …
  EXPECT_EQ(advance(70, 70), "200");       // … and gets its cosignature
  std::ofstream(directory / home() / "state", std::ios::binary) << tree.note(80);
  const auto shown = get(home() + "/checkpoint");
  EXPECT_THAT(shown.body, testing::HasSubstr("\n80\n"));
  EXPECT_THAT(shown.body, testing::HasSubstr("witness.example/w1"));
}

TEST_F(Witnesses, ADamagedStateIsNoFreshStart) {
  ASSERT_EQ(advance(0, 50), "200");
  std::ofstream(directory / home() / "state", std::ios::binary) << "gone";
  EXPECT_EQ(advance(0, 50), "500");
  EXPECT_EQ(advance(50, 60), "500");
}

TEST_F(Witnesses, ConcurrentRequestsNeverRollItBack) {
  struct Done {
    std::uint64_t size;
    std::chrono::steady_clock::time_point began, ended;
  };
  ASSERT_EQ(advance(0, 1), "200");
  std::mutex mutex;
  std::vector<Done> all;
  const auto other = Witness::open(directory, cosigner, test::knows(tree), clock).value();
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        SeededRandom random(static_cast<std::uint64_t>(t));
        std::uint64_t known = 1;
        for (int i = 0; i < 60; ++i) {
          const auto to = std::min<std::uint64_t>(100, known + random.below(4));
          const auto began = std::chrono::steady_clock::now();
          const auto& one = t % 2 == 0 ? *witness : *other;  // as two processes would
          const auto lines = one.add_checkpoint(tree.request(known, to));
          if (!lines) {
            ASSERT_EQ(lines.error().status, 409);
            known = lines.error().latest_size;
            continue;
          }
          known = to;
          const std::lock_guard guard(mutex);
          all.push_back({to, began, std::chrono::steady_clock::now()});
        }
      });
  }
  EXPECT_GE(all.size(), 60u);
  for (const Done& a : all)
    for (const Done& b : all)
      if (a.ended < b.began) EXPECT_LE(a.size, b.size);
}

TEST(WitnessKey, IsOneForAllWhoBeginTogether) {
  const minben::test::TemporaryDirectory temporary;
  std::mutex mutex;
  std::set<Bytes> keys;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i)
      threads.emplace_back([&] {
        const auto key = witness_key(temporary.path() / "w").value();
        const std::lock_guard guard(mutex);
        keys.insert(key.verify_key().bytes());
      });
  }
  EXPECT_EQ(keys.size(), 1u);
}

}  // namespace
}  // namespace minben::ledger
