// Appending over HTTP, as Tessera's tools do, and reading again.
#include <gmock/gmock.h>

#include "core/core.hpp"
#include "house.hpp"
#include "ledger/seal.hpp"
#include "ledger/serving.hpp"

namespace minben::ledger {
namespace {

struct Add : testing::Test {
  static constexpr std::string_view token = "0123456789abcdef-token";
  test::TemporaryDirectory temporary;
  std::unique_ptr<Log> log = Log::open(temporary.path() / "log", "minben.example/add",
                                       trust::SigningKey::generate(trust::KeyType::ed25519))
                                 .value();
  std::unique_ptr<net::Server> server = test_house::serve(routes());
  std::string address = fmt::format("http://127.0.0.1:{}", server->port());
  net::Client client{{}};

  std::vector<net::Route> routes() {
    auto all = log_routes(*log, "", test_house::anyone);
    all.push_back(add_route(*log, "", test_house::anyone, std::string(token)));
    return all;
  }
  net::ClientResponse post(std::string body,
                           const std::string& authorization = "Bearer " + std::string(token),
                           std::string_view type = "application/octet-stream") {
    net::ClientRequest request{.method = net::Method::post, .url = address + "/add"};
    if (!authorization.empty()) request.headers.set("Authorization", authorization);
    if (!type.empty()) request.headers.set("Content-Type", type);
    request.body = std::move(body);
    return client.send(request).value();
  }
  net::ClientResponse get(const std::string& path) {
    return client.send({.url = address + path}).value();
  }
  static std::string code(const net::ClientResponse& answer) {
    EXPECT_EQ(answer.headers.get("Content-Type"), "application/problem+json");
    return string_or(parse_json(answer.body).value_or(Json()), "type");
  }
};

TEST_F(Add, GivesTheIndexInPlainText) {
  for (int i = 0; i < 3; ++i) {
    const auto answer = post(fmt::format("entry {}", i));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, fmt::format("{}\n", i));
    EXPECT_THAT(std::string(answer.headers.get("Content-Type")), testing::StartsWith("text/plain"));
  }
  EXPECT_EQ(post("entry 1").body, "1\n") << "the first one's index";
  EXPECT_EQ(post(std::string("\0\xff\n", 3), "bearer  " + std::string(token), "").body, "3\n");
  EXPECT_EQ(log->entry(3).value(), (Bytes{0, 0xff, '\n'}));
  EXPECT_EQ(post(std::string(65'535, 'x')).body, "4\n");
  const auto source = http_source(address).value();
  EXPECT_EQ(verify_log(*source, get("/vkey").body)->checkpoint.size, 5u);
}

TEST_F(Add, RefusesInWordsForMachines) {
  EXPECT_EQ(post(std::string(65'536, 'x')).status, 413);
  for (const std::string wrong : {"", "Bearer", "Bearer ", "Bearer 0123456789abcdef-tokeN",
                                  "Basic 0123456789abcdef-token", "0123456789abcdef-token"}) {
    const auto answer = post("entry", wrong);
    EXPECT_EQ(answer.status, 401) << wrong;
    EXPECT_EQ(answer.headers.get("WWW-Authenticate"), "Bearer");
    EXPECT_EQ(code(answer), "urn:minben:problem:no_such_token");
  }
  EXPECT_EQ(post("").status, 422);
  const auto form =
      post("a=b", "Bearer " + std::string(token), "application/x-www-form-urlencoded");
  EXPECT_EQ(form.status, 415);
  EXPECT_EQ(code(form), "urn:minben:problem:not_an_entry");
  EXPECT_EQ(get("/add").status, 405);
  EXPECT_EQ(log->size(), 0u);
  ASSERT_TRUE(log->seal(NoteVerifier::parse(log->vkey()).value()));
  const auto sealed = post("entry");
  EXPECT_EQ(sealed.status, 409);
  EXPECT_EQ(code(sealed), "urn:minben:problem:ledger_sealed");
}

TEST_F(Add, SaysThatABusyLogMayBeTriedAgain) {
  server.reset();
  log.reset();
  log = Log::open(temporary.path() / "busy", "minben.example/add",
                  trust::SigningKey::generate(trust::KeyType::ed25519), {.waiting_entries = 0})
            .value();
  server = test_house::serve(routes());
  address = fmt::format("http://127.0.0.1:{}", server->port());
  const auto answer = post("entry");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.headers.get("Retry-After"), "1");
  EXPECT_EQ(code(answer), "urn:minben:problem:ledger_busy");
}

TEST_F(Add, CachesWhatNeverChanges) {
  test_house::grow(*log, 300);
  EXPECT_EQ(get("/tile/0/000").headers.get("Cache-Control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(get("/tile/0/001.p/44").headers.get("Cache-Control"), "public, max-age=60");
  EXPECT_EQ(get("/tile/entries/001.p/44").headers.get("Cache-Control"), "public, max-age=60");
  EXPECT_EQ(get("/checkpoint").headers.get("Cache-Control"), "no-cache");
  EXPECT_EQ(get("/tile/0/001.p/45").status, 404);
}

}  // namespace
}  // namespace minben::ledger
