// Whole logs read from a directory, from a real server, and from sources that lie.
#include "ledger/verify.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include "core/core.hpp"
#include "ledger/ledger.hpp"
#include "support/shared.hpp"

namespace minben::ledger {
namespace {

namespace fs = std::filesystem;
constexpr net::Access anyone{"anyone"};

/// What another source gives, until a test says otherwise; counts how many read at once.
class Between final : public Source {
 public:
  explicit Between(const Source& below) : below_(below) {}
  [[nodiscard]] int readers() const override { return 8; }
  [[nodiscard]] Result<std::optional<Bytes>> read(const std::string& path) const override {
    const int now = ++reading_;
    for (int most = most_; now > most && !most_.compare_exchange_weak(most, now);) {
    }
    std::this_thread::sleep_for(microseconds(200));
    --reading_;
    if (missing.contains(path)) return std::nullopt;
    if (path == unreachable) return fail(Kind::unavailable, "timeout", "", path);
    auto content = below_.read(path);
    if (path == changed && content && *content) (**content)[at] ^= 1;
    return content;
  }
  [[nodiscard]] int most() const { return most_; }
  std::set<std::string> missing;
  std::string unreachable, changed;
  std::size_t at = 5;

 private:
  const Source& below_;
  mutable std::atomic<int> reading_{0}, most_{0};
};

struct Verify : testing::Test {
  static constexpr std::string_view origin = "minben.example/verify";
  test::TemporaryDirectory temporary;
  fs::path directory = temporary.path() / "log";
  trust::SigningKey key = trust::SigningKey::generate(trust::KeyType::ed25519);
  std::string vkey = NoteVerifier::make(origin, key.verify_key())->vkey();
  std::unique_ptr<Log> log = Log::open(directory, origin, key).value();
  std::unique_ptr<Source> source = directory_source(directory);

  static std::vector<Bytes> entries(std::uint64_t from, std::uint64_t to,
                                    std::string_view of = "e") {
    std::vector<Bytes> out;
    for (; from < to; ++from) {
      const std::string text = fmt::format("{} {}", of, from);
      out.emplace_back(text.begin(), text.end());
    }
    return out;
  }
  static void grow(Log& log, std::uint64_t to, std::string_view of = "e") {
    while (log.size() < to) {
      const std::uint64_t next = std::min<std::uint64_t>(to, log.size() + 50'000);
      ASSERT_TRUE(log.append_all(entries(log.size(), next, of)));
    }
  }
  void grow(std::uint64_t to) { grow(*log, to); }
  std::string said(const Source& from, const VerifyOptions& options = {}) const {
    const auto verified = verify_log(from, vkey, options);
    return verified ? fmt::format("{}", verified->checkpoint.size)
                    : verified.error().code + " " + verified.error().field;
  }
  std::unique_ptr<net::Server> serve() {
    net::ServerConfig config;
    config.workers = 4;
    return net::Server::start(
               config, log_routes(*log, "/some/log", anyone),
               {.guard = [](const net::Route&,
                            net::Request&) { return std::optional<net::Response>(); },
                .finish = {},
                .error_page = {}})
        .value();
  }
  static std::unique_ptr<Source> from(const net::Server& server, int tries = 1) {
    return http_source(fmt::format("http://127.0.0.1:{}/some/log", server.port()),
                       {.tries = tries, .pause_ms = milliseconds(1)})
        .value();
  }
};

TEST_F(Verify, EverySizeNearTheEdgesOfTiles) {
  for (const std::uint64_t size :
       {0, 1, 2, 255, 256, 257, 511, 512, 600, 65535, 65536, 65537, 66000}) {
    grow(size);
    const auto verified = verify_log(*source, vkey);
    ASSERT_TRUE(verified) << size << " " << describe(verified.error());
    EXPECT_EQ(verified->checkpoint.size, size);
    EXPECT_EQ(verified->note, log->checkpoint());
    const std::uint64_t tiles = (size + 255) / 256;
    EXPECT_EQ(verified->files,
              2 * tiles + (size >= 256 ? (size / 256 + 255) / 256 : 0) + (size >= 65536 ? 1 : 0));
    if (size > 0) {
      EXPECT_EQ(as_text(verified->first), "e 0");
      EXPECT_EQ(as_text(verified->last), fmt::format("e {}", size - 1));
    }
  }
}

TEST_F(Verify, OverHttpWithSeveralRequestsAtOnce) {
  grow(70'000);
  const auto server = serve();
  const auto remote = from(*server);
  const Between between(*remote);
  std::uint64_t last = 0, all = 0;
  const VerifyOptions options{.progress = [&](std::uint64_t done, std::uint64_t of) {
    EXPECT_GE(done, last);
    last = done, all = of;
  }};
  EXPECT_EQ(said(between, options), "70000");
  EXPECT_GT(between.most(), 1);
  EXPECT_LE(between.most(), between.readers());
  EXPECT_EQ(last, 70'000u);
  EXPECT_EQ(all, 70'000u);
}

TEST_F(Verify, EveryFileIsNeeded) {
  grow(66'000);
  Between between(*source);
  for (const std::string path :
       {"checkpoint", "tile/entries/000", "tile/entries/255", "tile/entries/257.p/208",
        "tile/0/000", "tile/0/256", "tile/0/257.p/208", "tile/1/000", "tile/1/001.p/1",
        "tile/2/000.p/1"}) {
    between.missing = {path};
    EXPECT_EQ(said(between), "missing_file " + path);
    between.missing.clear();
    between.changed = path;
    between.at = path.starts_with("tile/entries") ? 5 : 0;
    EXPECT_THAT(said(between), testing::HasSubstr("_")) << path;
    EXPECT_THAT(said(between), testing::Not("66000")) << path;
    between.changed.clear();
    between.unreachable = path;
    EXPECT_EQ(said(between), "timeout " + path);
    between.unreachable.clear();
  }
  between.changed = "tile/entries/100";
  between.at = 1;  // the length of the first entry
  EXPECT_EQ(said(between), "wrong_bundle tile/entries/100");
  between.at = 2;
  EXPECT_EQ(said(between), "wrong_tile tile/0/100");
  EXPECT_EQ(said(*source), "66000");
}

TEST_F(Verify, TheFirstFaultIsTold) {
  grow(30'000);
  Between between(*source);
  between.missing = {"tile/entries/100", "tile/entries/003", "tile/0/050"};
  for (int i = 0; i < 20; ++i) EXPECT_EQ(said(between), "missing_file tile/entries/003");
}

TEST_F(Verify, APartialTileMayHaveBecomeFull) {
  grow(300);
  const std::string old = log->checkpoint();
  grow(600);
  struct Old final : Source {
    const Source& below;
    std::string note;
    Old(const Source& under, std::string text) : below(under), note(std::move(text)) {}
    [[nodiscard]] int readers() const override { return 2; }
    [[nodiscard]] Result<std::optional<Bytes>> read(const std::string& path) const override {
      if (path == "committed/checkpoint") return std::nullopt;
      if (path == "checkpoint") return Bytes(note.begin(), note.end());
      return below.read(path);
    }
  };
  Old before(*source, old);
  EXPECT_EQ(said(before), "300");
  grow(65'536 + 300);
  EXPECT_EQ(said(before), "300");
}

TEST_F(Verify, ContainsWhatWasSeenBefore) {
  std::vector<std::string> seen{log->checkpoint()};
  for (const std::uint64_t size : {1, 3, 256, 300, 65'536, 65'700}) {
    grow(size);
    seen.push_back(log->checkpoint());
    for (const std::string& since : seen)
      EXPECT_EQ(said(*source, {.since = {since}}), std::to_string(size));
  }
  EXPECT_EQ(said(*source, {.since = {"nonsense"}}), "not_a_note since");

  // The same key signs another history.
  const fs::path there = temporary.path() / "other";
  const auto other = Log::open(there, origin, key).value();
  grow(*other, 300);
  grow(*other, 70'000, "other");
  const auto forked = directory_source(there);
  EXPECT_EQ(said(*forked), "70000");
  EXPECT_EQ(said(*forked, {.since = {seen[4]}}), "70000");
  EXPECT_EQ(said(*forked, {.since = {seen[5]}}), "forked since");
  EXPECT_EQ(said(*source, {.since = {other->checkpoint()}}), "rolled_back since");
}

TEST_F(Verify, ServersThatFailForAMomentAreAskedAgain) {
  grow(3);
  std::atomic<int> asked{0};
  auto routes = log_routes(*log, "/some/log", anyone);
  for (net::Route& route : routes)
    route.handler = [&asked, below = route.handler](net::Request& request) {
      if (++asked % 3 != 0) {
        net::Response busy = net::Response::text("busy");
        busy.status = 503;
        return busy;
      }
      return below(request);
    };
  const auto server =
      net::Server::start(
          {}, std::move(routes),
          {.guard = [](const net::Route&, net::Request&) { return std::optional<net::Response>(); },
           .finish = {},
           .error_page = {}})
          .value();
  EXPECT_EQ(said(*from(*server)), "source_unavailable checkpoint");
  EXPECT_EQ(said(*from(*server, 8)), "3");
  const auto nobody = http_source("http://127.0.0.1:1", {.tries = 1}).value();
  EXPECT_EQ(said(*nobody), "connect_failed checkpoint");
  EXPECT_EQ(http_source("ftp://log.example").error().code, "bad_url");
  EXPECT_EQ(http_source("http://log.example/?a").error().code, "bad_url");
}

TEST_F(Verify, LogsOfOthersAreReadToo) {
  MINBEN_SHARED_OR_SKIP(golden, "conformance/tlog/golden-70000");
  const auto others = directory_source(golden);
  const std::string others_key = test::read_file(golden / "vkey");
  for (const int size : {1, 255, 256, 257, 65'535, 65'536, 65'537}) {
    const auto since = test::read_file(golden / fmt::format("checkpoint.{}", size));
    const auto verified = verify_log(*others, others_key, {.since = {since}});
    ASSERT_TRUE(verified) << describe(verified.error());
    EXPECT_EQ(verified->checkpoint.size, 70'000u);
  }
}

}  // namespace
}  // namespace minben::ledger
