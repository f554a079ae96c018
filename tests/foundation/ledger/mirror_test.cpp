// A mirror over real HTTP: what it takes, what it refuses with which code, and that its copy is the
// log. Then power goes, again and again.
#include <gmock/gmock.h>

#include <fstream>
#include <thread>

#include <zlib.h>

#include "house.hpp"
#include "mirrors.hpp"
#include "simulated_files.hpp"

namespace minben::ledger {
namespace {

namespace fs = std::filesystem;
using test::upload;
using test_house::anyone;
constexpr std::string_view origin = "minben.example/log";
const std::string home = hex_encode(sha256(origin));
const Instant noon = parse_instant("2026-11-29T12:00:00Z").value();

/// By zlib itself, whatever the ledger's room does with it.
std::string packed(const std::string& text) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

struct Mirrors : testing::Test {
  minben::test::TemporaryDirectory temporary;
  fs::path directory = temporary.path() / "mirror";
  VirtualClock clock{noon};
  SeededRandom random{7};
  test::Tree tree{origin, "log"};
  Cosigner cosigner = test::cosigner("m1");
  std::unique_ptr<Witness> witness;
  std::unique_ptr<Mirror> mirror;
  std::unique_ptr<net::Server> server;
  net::Client client{net::ClientConfig{}};

  void SetUp() override {
    tree.grow(20'000);
    start();
  }
  void start() {
    server.reset();
    mirror.reset();
    witness =
        Witness::open(temporary.path() / "witness", test::cosigner("w1"), test::knows(tree), clock)
            .value();
    const auto pending = [this](std::string_view of) { return witness->accepted(of); };
    mirror = Mirror::open(directory, {cosigner, test::knows(tree), pending, clock, random}).value();
    auto routes = witness_routes(*witness, "/w", anyone);
    std::ranges::move(mirror_routes(*mirror, "/w", "/m", anyone), std::back_inserter(routes));
    server = test_house::serve(std::move(routes));
  }
  [[nodiscard]] std::string url(std::string_view path) const {
    return fmt::format("http://127.0.0.1:{}/{}", server->port(), path);
  }
  void accept(std::uint64_t from, std::uint64_t to) {
    const auto answer =
        client.send({net::Method::post, url("w/add-checkpoint"), {}, tree.request(from, to)});
    ASSERT_TRUE(answer && answer->status == 200) << (answer ? answer->body : "");
  }
  net::ClientResponse post(const std::string& body, std::string_view coding = "",
                           std::string_view type = "application/octet-stream") {
    net::ClientRequest request{net::Method::post, url("w/add-entries"), {}, body};
    request.headers.add("Content-Type", type);
    if (!coding.empty()) request.headers.add("Content-Encoding", coding);
    const auto response = client.send(request);
    EXPECT_TRUE(response) << describe(response.error());
    if (response->status != 413) EXPECT_EQ(response->headers.get("Accept-Encoding"), "gzip");
    return *response;
  }
  /// "200", "409 <size> <next>", "422" …; the ticket is kept.
  Bytes ticket;
  std::string outcome(const net::ClientResponse& response) {
    if (response.status != 202 && response.status != 409) return std::to_string(response.status);
    EXPECT_EQ(response.headers.get("Content-Type"), "text/x.tlog.mirror-info");
    const auto info = parse_mirror_info(response.body);
    EXPECT_TRUE(info) << response.body;
    ticket = info->ticket;
    return fmt::format("{} {} {}", response.status, info->size, info->next);
  }
  std::string outcome(const std::string& body) { return outcome(post(body)); }

  [[nodiscard]] std::unique_ptr<Source> copy() const {
    return http_source(url("m/" + home)).value();
  }
  /// Its size when all of it is right, read as a stranger would.
  std::string verified() {
    const auto log = verify_log(*copy(), tree.key().vkey());
    return log ? std::to_string(log->checkpoint.size) : describe(log.error());
  }
  Mirroring mirroring(const Source& source, const MirroringLimits& limits = {}) {
    return {source, tree.key(), {url("w"), cosigner.verifier()}, net::ClientConfig{}, limits};
  }
};

TEST_F(Mirrors, TakeALogAndShowIt) {
  test::TreeSource source(tree, 0);
  auto pusher = mirroring(source);
  for (const std::uint64_t size : {0, 1, 255, 256, 257, 700, 701, 8192, 17'000, 20'000}) {
    source.size = size;
    const auto done = pusher.push();
    ASSERT_TRUE(done) << size << " " << describe(done.error());
    EXPECT_EQ(done->checkpoint.size, size);
    EXPECT_EQ(done->cosigned_at, std::chrono::floor<seconds>(clock.now()));
    EXPECT_EQ(verified(), std::to_string(size));
    clock.advance(seconds(5));
  }
  const auto again = pusher.push();
  ASSERT_TRUE(again);
  EXPECT_EQ(again->sent, 0u);
}

TEST_F(Mirrors, CosignUnderANameOfTheirOwn) {
  test::TreeSource source(tree, 300);
  ASSERT_TRUE(mirroring(source).push());
  const auto note = copy()->read("checkpoint").value().value();
  const auto policy =
      parse_policy(fmt::format("log {}\nwitness m {}\nwitness w {}\ngroup g all m w\nquorum g\n",
                               tree.key().vkey(), cosigner.verifier().vkey(), witness->vkey()))
          .value();
  const auto verdict = judge(policy, as_text(note));
  ASSERT_TRUE(verdict) << describe(verdict.error());
  EXPECT_TRUE(verdict->witnesses[0].cosigned_at);
  EXPECT_FALSE(verdict->witnesses[1].cosigned_at);  // the witness's own prefix shows its line
  const auto seen = client.send({.url = url("w/" + home + "/checkpoint")}).value();
  EXPECT_THAT(seen.body, testing::HasSubstr("witness.example/w1"));
  EXPECT_THAT(seen.body, testing::Not(testing::HasSubstr("witness.example/m1")));
  EXPECT_EQ(client.send({.url = url("m/vkey")})->body, cosigner.verifier().vkey() + "\n");
}

TEST_F(Mirrors, GoOnWhereTheyAre) {
  accept(0, 20'000);
  EXPECT_EQ(outcome(upload(tree, 0, 20'000, {.packages = 2})), "202 20000 512");
  EXPECT_EQ(client.send({.url = url("m/" + home + "/checkpoint")})->status, 404);  // nothing whole
  start();  // what was taken is there for good
  EXPECT_EQ(outcome(upload(tree, 512, 20'000)), "202 20000 8704");
  EXPECT_EQ(outcome(upload(tree, 512, 20'000, {.packages = 3})), "202 20000 8704");  // sent again
  EXPECT_EQ(outcome(upload(tree, 8704, 20'000)), "202 20000 16896");
  EXPECT_EQ(outcome(upload(tree, 16'896, 20'000)), "200");
  EXPECT_EQ(verified(), "20000");
}

TEST_F(Mirrors, SayWhereToGoOn) {
  EXPECT_EQ(outcome(upload(tree, 0, 0)), "409 0 0");  // who knows nothing asks so
  EXPECT_TRUE(ticket.empty());
  accept(0, 9000);
  EXPECT_EQ(outcome(upload(tree, 0, 0)), "409 9000 0");
  EXPECT_EQ(outcome(upload(tree, 0, 8999)), "409 9000 0");
  EXPECT_EQ(outcome(upload(tree, 0, 9001)), "409 9000 0");
  EXPECT_EQ(outcome(upload(tree, 1, 9000)), "409 9000 0");  // would leave a gap
  EXPECT_EQ(outcome(upload(tree, 9000, 9000)), "409 9000 0");
  EXPECT_EQ(outcome(upload(tree, 0, 9000)), "202 9000 8192");
  EXPECT_EQ(outcome(upload(tree, 8192, 9000)), "200");
  EXPECT_EQ(outcome(upload(tree, 100, 9000, {.packages = 1})), "409 9000 9000");  // too far below
  EXPECT_EQ(outcome(upload(tree, 9000, 9000)), "200");
}

TEST_F(Mirrors, TicketsHoldEarlierCheckpoints) {
  accept(0, 600);
  ASSERT_EQ(outcome(upload(tree, 0, 600, {.packages = 1})), "202 600 256");
  const Bytes of_600 = ticket;
  accept(600, 700);
  EXPECT_EQ(outcome(upload(tree, 256, 600)), "409 700 256");  // without it
  EXPECT_EQ(outcome(upload(tree, 256, 700, {.ticket = of_600})),
            "200");  // not needed, not looked at
  EXPECT_EQ(outcome(upload(tree, 600, 600, {.ticket = of_600})), "409 700 700");  // would go back
  accept(700, 2000);
  ASSERT_EQ(outcome(upload(tree, 700, 2000, {.packages = 1})), "202 2000 768");
  const Bytes of_2000 = ticket;
  accept(2000, 3000);
  Bytes forged = of_2000;
  forged[40] ^= 1;
  EXPECT_EQ(outcome(upload(tree, 768, 2000, {.packages = 1, .ticket = forged})), "409 3000 768");
  EXPECT_EQ(outcome(upload(tree, 768, 2000, {.packages = 1, .ticket = of_2000})), "202 2000 1024");
  EXPECT_EQ(outcome(upload(tree, 1024, 3000)), "200");
  EXPECT_EQ(verified(), "3000");
}

TEST_F(Mirrors, MayBeWholeAtAnEarlierCheckpoint) {
  accept(0, 700);
  ASSERT_EQ(outcome(upload(tree, 0, 700, {.packages = 1})), "202 700 256");
  const Bytes of_700 = ticket;
  accept(700, 7000);
  ASSERT_EQ(outcome(upload(tree, 256, 7000, {.packages = 5})), "202 7000 1536");
  EXPECT_EQ(outcome(upload(tree, 700, 700, {.ticket = of_700})), "200");
  EXPECT_EQ(verified(), "700");  // though more is there; its partial tiles have become full ones
  accept(7000, 7300);
  ASSERT_EQ(outcome(upload(tree, 1536, 7300)), "200");
  ASSERT_EQ(verified(), "7300");
  accept(7300, 7301);
  ASSERT_EQ(outcome(upload(tree, 7301, 7301)), "409 7301 7300");
  const Bytes of_7301 = ticket;
  accept(7301, 7310);
  ASSERT_EQ(outcome(upload(tree, 7300, 7310, {.packages = 0})), "400");
  // The entries of 7310 are there before 7301 is shown: its partial tiles are made of larger ones.
  std::string without_end = upload(tree, 7300, 7310);
  fs::create_directories(directory / home / "checkpoint.tmp");  // so that it cannot be replaced
  EXPECT_EQ(outcome(without_end), "503");
  fs::remove_all(directory / home / "checkpoint.tmp");
  EXPECT_EQ(outcome(upload(tree, 7301, 7301, {.ticket = of_7301})), "200");
  EXPECT_EQ(verified(), "7301");
  EXPECT_EQ(outcome(upload(tree, 7310, 7310)), "200");
  EXPECT_EQ(verified(), "7310");
}

TEST_F(Mirrors, RefuseWhatIsNotOfTheLog) {
  accept(0, 1000);
  EXPECT_EQ(outcome(upload(tree, 0, 1000, {.changed = 0})), "422");
  EXPECT_EQ(outcome(upload(tree, 0, 1000, {.flipped_proof = 0})), "422");
  EXPECT_EQ(outcome(upload(tree, 0, 1000, {.changed = 600})), "422");  // packages before it stay
  EXPECT_EQ(outcome(upload(tree, 512, 1000, {.packages = 1, .flipped_proof = 0})), "422");
  EXPECT_EQ(outcome(upload(tree, 0, 0)), "409 1000 512");
  // An end below 1000 is not known, and a proof for it does not serve another.
  std::string other = upload(tree, 512, 900);
  other.replace(2 + origin.size() + 8, 8, upload(tree, 512, 1000).substr(2 + origin.size() + 8, 8));
  EXPECT_EQ(outcome(other), "422");
  EXPECT_EQ(outcome(upload(tree, 512, 1000)), "200");
  EXPECT_EQ(verified(), "1000");
}

TEST_F(Mirrors, RefuseUnknownLogsAndBrokenBodies) {
  accept(0, 1000);
  test::Tree stranger{"other.example/log", "log"};
  stranger.grow(5);
  EXPECT_EQ(outcome(upload(stranger, 0, 5)), "404");
  EXPECT_FALSE(fs::exists(directory / hex_encode(sha256("other.example/log"))));
  EXPECT_EQ(outcome(post(upload(tree, 0, 1000), "", "text/plain")), "400");
  EXPECT_EQ(outcome(post(upload(tree, 0, 1000), "br")), "415");
  const std::string whole = upload(tree, 0, 1000);
  for (const std::size_t length : {0, 1, 2, 10, 30, 37, 38, 40, 1000})
    EXPECT_EQ(outcome(whole.substr(0, length)), "400") << length;
  std::string backwards = write_add_entries({std::string(origin), 5, 4, {}});
  EXPECT_EQ(outcome(backwards), "400");
  std::string many_hashes = upload(tree, 0, 1000, {.packages = 1});
  const auto proof = subtree_consistency_proof(0, 256, 1000, tree.subtrees()).value();
  many_hashes[many_hashes.size() - 32 * proof.size() - 1] = 64;
  EXPECT_EQ(outcome(many_hashes + std::string(64 * 32, 'x')), "400");
  EXPECT_EQ(outcome(whole.substr(0, whole.size() - 1)), "202 1000 768");
  EXPECT_EQ(post(std::string(max_add_entries + 1, 'x')).status, 413);
  EXPECT_EQ(outcome(upload(tree, 768, 1000)), "200");
}

TEST_F(Mirrors, UnpackWhatWasPacked) {
  accept(0, 2000);
  const std::string whole = upload(tree, 0, 2000);
  const std::string small = packed(whole);
  ASSERT_LT(small.size(), whole.size() / 2);
  EXPECT_EQ(outcome(post(whole, "gzip")), "400");
  EXPECT_EQ(outcome(post(small, "")), "400");  // its first bytes are no length
  EXPECT_EQ(outcome(post(small.substr(0, 20), "gzip")), "400");
  EXPECT_EQ(outcome(post(small.substr(0, small.size() / 2), "gzip")).substr(0, 8), "202 2000");
  const auto next = parse_mirror_info(post(upload(tree, 0, 0)).body)->next;
  EXPECT_GT(next, 0u);
  EXPECT_LT(next, 2000u);
  EXPECT_EQ(outcome(post(packed(whole.substr(0, 1000)) + packed(whole.substr(1000)), "GZIP")),
            "200");  // in two members
  EXPECT_EQ(verified(), "2000");
}

TEST_F(Mirrors, ShowNothingElse) {
  accept(0, 300);
  ASSERT_EQ(outcome(upload(tree, 0, 300)), "200");
  const auto status = [&](const std::string& path) {
    return client.send({.url = url("m/" + path)})->status;
  };
  EXPECT_EQ(status(home + "/tile/entries/000"), 200);
  EXPECT_EQ(status(home + "/tile/entries/001.p/44"), 200);
  EXPECT_EQ(status(home + "/tile/0/001.p/44"), 200);
  EXPECT_EQ(status(home + "/tile/1/000.p/1"), 200);
  for (const std::string path : {"/tile/0/001", "/tile/0/001.p/45", "/tile/0/000.p/3", "/tile/x",
                                 "/tile/0/../progress", "/progress", "/tile/0/002.p/1"})
    EXPECT_NE(status(home + path), 200) << path;
  for (const std::string path :
       {"x/checkpoint", "../key.pem", "key.pem", "00000000000000000000000000000000/tile/0/000"})
    EXPECT_NE(status(path), 200) << path;
}

TEST_F(Mirrors, AreOneProcessesAffair) {
  const auto pending = [](std::string_view) { return std::optional<std::string>(); };
  const auto second =
      Mirror::open(directory, {cosigner, test::knows(tree), pending, clock, random});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, "ledger_locked");
}

TEST_F(Mirrors, ADamagedCopyIsNeverCosigned) {
  accept(0, 600);
  ASSERT_EQ(outcome(upload(tree, 0, 600)), "200");
  accept(600, 1200);
  for (const std::string name : {"tile/0/002.p/88", "tile/entries/002.p/88", "tile/1/000.p/2"}) {
    const std::string right = minben::test::read_file(directory / home / name);
    std::string wrong = right;
    wrong[20] ^= 1;
    std::ofstream(directory / home / name, std::ios::binary) << wrong;
    start();
    EXPECT_EQ(outcome(upload(tree, 600, 1200)), "500") << name;
    EXPECT_NE(verified(), "1200");
    std::ofstream(directory / home / name, std::ios::binary) << right;
  }
  std::ofstream(directory / home / "progress", std::ios::binary) << "5\n";
  start();
  EXPECT_EQ(outcome(upload(tree, 600, 1200)), "500");
}

TEST_F(Mirrors, SeveralClientsAtOnceEndWithOneCopy) {
  {
    std::vector<std::jthread> clients;
    for (std::uint64_t i = 0; i < 4; ++i)
      clients.emplace_back([&, i] {
        test::TreeSource source(tree, 0);
        auto pusher = mirroring(source, {.packages = 3 + i, .idle_requests = 40});
        for (source.size = 500 + 100 * i; source.size <= 20'000; source.size += 2500 + 300 * i) {
          const auto done = pusher.push();
          if (!done) EXPECT_EQ(done.error().code, "witness_is_ahead") << describe(done.error());
        }
      });
  }
  test::TreeSource source(tree, 20'000);
  ASSERT_TRUE(mirroring(source).push());
  EXPECT_EQ(verified(), "20000");
}

TEST_F(Mirrors, ARestoredWitnessCannotMakeThemForget) {
  accept(0, 700);
  ASSERT_EQ(outcome(upload(tree, 0, 700)), "200");
  fs::remove_all(temporary.path() / "witness");  // an operator put an old copy back
  start();
  test::Tree fork{origin, "log"};
  fork.grow(600);
  fork.grow(1200, "other");
  const auto url_of = url("w/add-checkpoint");
  ASSERT_EQ(client.send({net::Method::post, url_of, {}, fork.request(0, 500)})->status, 200);
  EXPECT_EQ(outcome(upload(fork, 500, 500)), "409 500 700");
  ASSERT_EQ(client.send({net::Method::post, url_of, {}, fork.request(500, 1024)})->status, 200);
  // The entries after 768 lie in subtrees of their own; the root tells.
  EXPECT_THAT(outcome(upload(fork, 700, 1024)), testing::AnyOf("422", "500"));
  EXPECT_EQ(verified(), "700");
}

// --------------------------------------------------------------------------------------- power

TEST(MirrorPower, WhatWasCosignedIsThereAfterwards) {
  const std::uint64_t seed = SystemRandom().next();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  SeededRandom random(seed);
  test::SimulatedFiles files(random);
  VirtualClock clock(noon);
  test::Tree tree(origin, "power");
  tree.grow(30'000);
  std::uint64_t pending_size = 1, cosigned = 0;
  const auto pending = [&](std::string_view) -> Result<std::optional<std::string>> {
    return tree.note(pending_size);
  };
  int losses = 0;
  while (cosigned < tree.size()) {
    files.lose_power_after(static_cast<int>(random.below(70)));
    const auto mirror = Mirror::open_in(
        files, "/mirror", {test::cosigner("m1"), test::knows(tree), pending, clock, random});
    for (std::uint64_t next = cosigned; mirror;) {
      if (random.below(3) == 0 && cosigned == pending_size)
        pending_size = std::min(tree.size(), pending_size + 1 + random.below(300));
      const auto answer =
          (*mirror)->add_entries(as_bytes(upload(tree, std::min(next, pending_size), pending_size,
                                                 {.packages = 1 + random.below(3)})),
                                 ContentCoding::identity);
      if (answer.status == 503) break;
      ASSERT_THAT(answer.status, testing::AnyOf(200, 202, 409, 400)) << answer.error.detail;
      if (answer.status == 200) cosigned = next = pending_size;
      else if (answer.status != 400) next = answer.info.next;
      if (answer.status == 200 && pending_size == tree.size()) break;
    }
    files.come_up_again();
    ++losses;
    if (cosigned == 0) continue;
    const auto note = files.read(fs::path("/mirror") / home / "checkpoint", 1 << 20).value();
    ASSERT_TRUE(note);
    const auto shown = open_checkpoint(as_text(*note), tree.key());
    ASSERT_TRUE(shown);
    ASSERT_GE(shown->size, cosigned);
    ASSERT_LE(shown->size, pending_size);
    if (losses % 8 != 0 && cosigned < tree.size()) continue;
    struct Simulated final : Source {
      explicit Simulated(const test::SimulatedFiles& of) : files(of) {}
      int readers() const override { return 1; }
      Result<std::optional<Bytes>> read(const std::string& path) const override {
        return files.read(fs::path("/mirror") / home / path, largest_file);
      }
      const test::SimulatedFiles& files;
    };
    const auto whole = verify_log(Simulated(files), tree.key().vkey());
    ASSERT_TRUE(whole) << describe(whole.error());
    ASSERT_EQ(whole->checkpoint.size, shown->size);
  }
  EXPECT_GT(losses, 10);
  RecordProperty("losses", losses);
}

}  // namespace
}  // namespace minben::ledger
