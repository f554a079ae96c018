// What strangers' servers can do to somebody who fetches from them.
#include "net/fetch.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <thread>

#include "support.hpp"
#include "support/shared.hpp"

namespace minben::net {
namespace {

using test::anyone;
using test::route;
using test::serve;
using testing::ElementsAre;

const std::vector<Network> local{Network::parse("127.0.0.0/8").value(),
                                 Network::parse("::1").value()};

Response redirect(std::string to, int status = 302) {
  Response response;
  response.status = status;
  response.headers.set("Location", to);
  return response;
}

struct Fetching : testing::Test {
  std::string seen_authorization;
  std::string other_authorization;
  std::unique_ptr<Server> other = serve({route(Method::get, "/", [this](Request& request) {
    other_authorization = request.headers.get("Authorization");
    return Response::text("other");
  })});
  std::unique_ptr<Server> server = serve({
      route(Method::get, "/file",
            [this](Request& request) {
              seen_authorization = request.headers.get("Authorization");
              return Response::text(std::string(1'000'000, 'x'));
            }),
      route(Method::get, "/a/b", [](Request&) { return redirect("../file#part"); }),
      route(Method::get, "/loop", [](Request&) { return redirect("/loop?again"); }),
      route(Method::get, "/far/{n}",
            [](Request& request) {
              return redirect("/far/" +
                              std::to_string(std::stoi(std::string(request.parameter("n"))) + 1));
            }),
      route(Method::get, "/inside",
            [](Request&) { return redirect("http://169.254.169.254/latest/meta-data"); }),
      route(Method::get, "/scheme", [](Request&) { return redirect("file:///etc/passwd"); }),
      route(Method::get, "/elsewhere",
            [this](Request&) { return redirect(test::url(*other, "/")); }),
      route(Method::get, "/slow",
            [](Request&) {
              std::this_thread::sleep_for(milliseconds{700});
              return Response::text("late");
            }),
      route(Method::get, "/endless",
            [](Request&) {
              return Response::event_stream([](std::shared_ptr<EventStream> stream) {
                std::thread([stream] {
                  while (stream->send("x", std::string(1000, 'y')))
                    std::this_thread::sleep_for(milliseconds{1});
                }).detach();
              });
            }),
  });
  Fetcher fetcher{{.networks = local}};

  Result<std::pair<Fetched, std::string>> get(std::string_view path,
                                              std::function<void(Fetch&)> change = {}) {
    Fetch wanted{.url = test::url(*server, path)};
    if (change) change(wanted);
    return fetcher.text(wanted);
  }
  std::string error(std::string_view path, std::function<void(Fetch&)> change = {}) {
    const auto got = get(path, std::move(change));
    return got ? "none" : got.error().code;
  }
};

TEST_F(Fetching, follows_what_leads_on_and_says_how_it_went) {
  const auto got = get("/a/b");
  ASSERT_TRUE(got) << describe(got.error());
  EXPECT_EQ(got->first.status, 200);
  EXPECT_EQ(got->second.size(), 1'000'000u);
  EXPECT_EQ(got->first.bytes, 1'000'000u);
  EXPECT_THAT(got->first.redirects, ElementsAre(test::url(*server, "/file")));
}

TEST_F(Fetching, ends_loops_and_long_ways) {
  EXPECT_EQ(error("/loop"), "redirect_loop");
  EXPECT_EQ(error("/far/1"), "too_many_redirects");
}

TEST_F(Fetching, never_goes_to_addresses_inside) {
  EXPECT_EQ(error("/inside"), "connect_failed");
  EXPECT_EQ(error("/scheme"), "bad_url");
  const Fetcher strict{{}};
  for (const char* inside :
       {"http://127.0.0.1/", "http://localhost/", "http://[::1]/", "http://10.0.0.1/",
        "http://0x7f000001/", "http://2130706433/", "http://[::ffff:127.0.0.1]/", "http://0/"}) {
    const auto refused = strict.text({.url = inside, .stall_timeout_ms = milliseconds{500}});
    ASSERT_FALSE(refused) << inside;
    EXPECT_EQ(refused.error().code, "connect_failed") << inside;
  }
  EXPECT_EQ(strict.text({.url = "ftp://example.tw/"}).error().code, "bad_url");
  EXPECT_EQ(strict.text({.url = "http://user:word@example.tw/"}).error().code, "bad_url");
}

TEST_F(Fetching, stops_at_each_bound) {
  EXPECT_EQ(error("/file", [](Fetch& wanted) { wanted.max_bytes = 999'999; }),
            "response_too_large");
  EXPECT_EQ(error("/endless", [](Fetch& wanted) { wanted.max_bytes = 50'000; }),
            "response_too_large");
  EXPECT_EQ(error("/endless", [](Fetch& wanted) { wanted.timeout_ms = milliseconds{300}; }),
            "timeout");
  EXPECT_EQ(error("/slow", [](Fetch& wanted) { wanted.stall_timeout_ms = milliseconds{200}; }),
            "timeout");
  int asked = 0;
  EXPECT_EQ(
      error("/endless", [&](Fetch& wanted) { wanted.cancelled = [&] { return ++asked > 5; }; }),
      "cancelled");
}

TEST_F(Fetching, may_look_at_the_beginning_only) {
  const auto got = get("/endless", [](Fetch& wanted) { wanted.enough_bytes = 4096; });
  ASSERT_TRUE(got) << describe(got.error());
  EXPECT_EQ(got->second.size(), 4096u);
  EXPECT_FALSE(got->first.whole);
}

TEST_F(Fetching, tells_no_secrets_to_another_server) {
  const auto with_key = [](Fetch& wanted) { wanted.headers.set("Authorization", "key"); };
  ASSERT_TRUE(get("/a/b", with_key));
  EXPECT_EQ(seen_authorization, "key");
  const auto got = get("/elsewhere", with_key);
  ASSERT_TRUE(got) << describe(got.error());
  EXPECT_EQ(got->second, "other");
  EXPECT_EQ(other_authorization, "");
}

TEST_F(Fetching, writes_files_whole_or_not_at_all) {
  const minben::test::TemporaryDirectory temporary;
  const auto path = temporary.path() / "got";
  ASSERT_TRUE(fetcher.file({.url = test::url(*server, "/file")}, path));
  EXPECT_EQ(std::filesystem::file_size(path), 1'000'000u);
  EXPECT_FALSE(fetcher.file({.url = test::url(*server, "/file"), .max_bytes = 10}, path));
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(Addresses, are_resolved_as_rfc_3986_has_it) {
  const std::string base = "http://a/b/c/d?q";
  for (const auto& [reference, expected] : std::vector<std::pair<std::string, std::string>>{
           {"g", "http://a/b/c/g"},
           {"./g", "http://a/b/c/g"},
           {"g/", "http://a/b/c/g/"},
           {"/g", "http://a/g"},
           {"//g", "http://g"},
           {"?y", "http://a/b/c/d?y"},
           {"g?y", "http://a/b/c/g?y"},
           {"#s", "http://a/b/c/d"},
           {"", "http://a/b/c/d"},
           {".", "http://a/b/c/"},
           {"..", "http://a/b/"},
           {"../g", "http://a/b/g"},
           {"../../g", "http://a/g"},
           {"../../../g", "http://a/g"},
           {"/../g", "http://a/g"},
           {"https://x.tw/資料", "https://x.tw/%E8%B3%87%E6%96%99"},
           {"g h", "http://a/b/c/g%20h"}}) {
    const auto resolved = resolve_url(base, reference);
    ASSERT_TRUE(resolved) << reference;
    EXPECT_EQ(*resolved, expected) << reference;
  }
  EXPECT_FALSE(resolve_url(base, "javascript:alert(1)"));
}

}  // namespace
}  // namespace minben::net
