// The registry over real HTTP, as a gateway meets it.
#include "fixture.hpp"

namespace minben::registry {
namespace {

constexpr net::Access anyone{"anyone"};

struct RegistryRoutes : RegistryTest {
  std::unique_ptr<net::Server> server =
      net::Server::start({}, registry->routes(anyone), {}).value();
  net::Client client{{}};

  net::ClientResponse get(const std::string& path, const net::Headers& headers = {}) {
    return client.send({.url = url(path), .headers = headers}).value();
  }
  net::ClientResponse post(const std::string& body) {
    return client
        .send({.method = net::Method::post, .url = url("/exchange/requests"), .body = body})
        .value();
  }
  std::string url(const std::string& path) const {
    return fmt::format("http://127.0.0.1:{}{}", server->port(), path);
  }
};

TEST_F(RegistryRoutes, LeadFromARequestToCertificates) {
  const Applicant hpa("hpa");
  const std::string file = hpa.file();
  const auto sent = post(file);
  ASSERT_EQ(sent.status, 202) << sent.body;
  const std::string id = string_or(parse_json(sent.body).value(), "id");
  EXPECT_EQ(id, read_join_request(file)->id);
  auto answer = parse_json(get("/exchange/requests/" + id).body).value();
  EXPECT_EQ(string_or(answer, "state"), "received");
  EXPECT_EQ(find(answer, "tls_certificate"), nullptr);
  ASSERT_TRUE(registry->approve(officer, id));
  answer = parse_json(get("/exchange/requests/" + id).body).value();
  EXPECT_EQ(string_or(answer, "state"), "approved");
  for (const char* name : {"tls_certificate", "seal_certificate"})
    EXPECT_TRUE(trust::certificate_from_pem(string_or(answer, name))) << name;
  const auto configured = get("/exchange/configuration");
  EXPECT_TRUE(
      exchange::verify_configuration(configured.body, registry->key(), clock.now())->member("hpa"));
}

TEST_F(RegistryRoutes, ServeTheConfigurationOnceAVersion) {
  EXPECT_EQ(get("/exchange/configuration").status, 503);
  ASSERT_TRUE(registry->publish());
  const auto first = get("/exchange/configuration");
  ASSERT_EQ(first.status, 200);
  EXPECT_EQ(first.headers.get("Cache-Control"), "public, max-age=10");
  net::Headers known;
  known.add("If-None-Match", first.headers.get("ETag"));
  const auto again = get("/exchange/configuration", known);
  EXPECT_EQ(again.status, 304);
  EXPECT_TRUE(again.body.empty());
  join(Applicant("hpa"));
  EXPECT_EQ(get("/exchange/configuration", known).status, 200);
}

TEST_F(RegistryRoutes, ServeEarlierConfigurations) {
  ASSERT_TRUE(registry->publish());
  const std::string first = get("/exchange/configuration").body;
  join(Applicant("hpa"));
  EXPECT_NE(get("/exchange/configuration").body, first);
  EXPECT_EQ(get("/exchange/configurations/1").body, first);
  EXPECT_EQ(get("/exchange/configurations/99").status, 404);
  EXPECT_EQ(get("/exchange/configurations/x").status, 404);
}

TEST_F(RegistryRoutes, ServeWhatServicesAreMadeFrom) {
  join(Applicant("hpa"));
  ASSERT_TRUE(registry->add_service(officer, vaccinations("hpa")));
  const std::string path = "/exchange/openapi/MINBEN/GOV/hpa/register/vaccinations";
  EXPECT_EQ(get(path).body, openapi());
  EXPECT_EQ(get(path).headers.get("Content-Type"), "application/json");
  EXPECT_EQ(get(path + "2").status, 404);
}

TEST_F(RegistryRoutes, TellTheRegistrysKeyAndTime) {
  const auto answer = parse_json(get("/exchange/registry").body).value();
  EXPECT_EQ(trust::VerifyKey::from_pem(string_or(answer, "key")).value(), registry->key());
  EXPECT_EQ(string_or(answer, "fingerprint"), hex_encode(registry->key().fingerprint()));
  EXPECT_EQ(string_or(answer, "time"), minben::to_string(clock.now()));
  EXPECT_EQ(string_or(answer, "instance"), "MINBEN");
}

TEST_F(RegistryRoutes, RefuseNonsenseFloodsAndStrangers) {
  EXPECT_EQ(post("{}").status, 400);
  EXPECT_EQ(post(std::string(max_join_request + 1, 'x')).status, 413);
  EXPECT_EQ(get("/exchange/requests/nothing").status, 404);
  EXPECT_EQ(get("/exchange/requests/" + std::string(64, 'a')).status, 404);
  int refused = 0;
  for (int i = 0; i < 15; ++i) refused += post("{}").status == 429 ? 1 : 0;
  EXPECT_EQ(refused, 6);  // ten in an hour, of which one was used above
  clock.advance(hours(1));
  EXPECT_EQ(post("{}").status, 400);
}

}  // namespace
}  // namespace minben::registry
