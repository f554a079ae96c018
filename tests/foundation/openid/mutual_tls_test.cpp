// Clients that prove themselves by a certificate (RFC 8705), over real TLS.
#include "provider_fixture.hpp"

namespace minben::openid {
namespace {

/// Certificates of clients are judged by the provider's virtual clock, the server's own by the
/// real one, as TLS does.
struct MutualTls : ProviderTest {
  test::TemporaryDirectory folder;
  trust::Authority authority = trust::Authority::create("Test", 100, real_clock()).value();
  trust::Authority agencies = trust::Authority::create("Agencies", 100, clock_).value();
  std::unique_ptr<net::Server> secure;
  std::string mtls;

  static const Clock& real_clock() { return test::TestDatabase::system_clock(); }

  std::filesystem::path write(const std::string& name, const std::string& text) {
    const auto file = folder.path() / name;
    EXPECT_TRUE(trust::write_secret_file(file, text));
    return file;
  }
  net::TlsConfig issued(const trust::Authority& by, trust::CertificateRequest request,
                        const trust::SigningKey& key, const Clock& clock) {
    const std::string name = random_.token(8);
    const auto certificate = by.issue(key.verify_key(), request, clock).value();
    EXPECT_TRUE(key.save(folder.path() / (name + ".key")));
    return {.certificate_pem = write(name + ".pem", certificate.pem),
            .key_pem = folder.path() / (name + ".key")};
  }
  /// Of a key that the client published, in whatever certificate.
  net::TlsConfig wrapped(const trust::SigningKey& key) {
    return issued(authority, {.common_name = "any"}, key, real_clock());
  }
  /// By the agencies' authority, with a new key.
  net::TlsConfig by_agencies(trust::CertificateRequest request) {
    return issued(agencies, std::move(request), TestKey{}.key, clock_);
  }
  MutualTls() {
    Config config;
    const std::vector<std::string> roots{agencies.certificate().pem};
    config.client_authorities = trust::PathValidator::make(roots, {}).value();
    server_.reset();
    provider_ = open(std::move(config));
    serve();
    write("ca.pem", authority.certificate().pem);
    net::ServerConfig tls;
    tls.tls = wrapped(TestKey{}.key);
    tls.tls->client_ca_pem = net::any_client_certificate();
    auto started =
        net::Server::start(tls, provider_->routes(machine, "https://mtls.minben.example"), {});
    EXPECT_TRUE(started) << describe(started.error());
    secure = std::move(*started);
    mtls = fmt::format("https://localhost:{}", secure->port());
  }
  void register_land(std::string_view method, const JsonObject& more = {}) {
    JsonObject json = metadata(land_);
    json["token_endpoint_auth_method"] = method;
    json["tls_client_certificate_bound_access_tokens"] = true;
    for (const auto& [name, value] : more) json[name] = value;
    put(json);
    clock_.advance(seconds{11});
  }
  net::Client client(const std::optional<net::TlsConfig>& own) {
    net::ClientConfig config;
    config.server_ca_pem = folder.path() / "ca.pem";
    config.tls = own;
    return net::Client(config);
  }
  Answer send(net::Client& client, const std::string& path, Fields fields) {
    net::ClientRequest request{.method = net::Method::post, .url = mtls + path};
    request.headers.set("Content-Type", "application/x-www-form-urlencoded");
    fields.emplace_back("client_id", "land-office");
    request.body = net::write_urlencoded(fields);
    return read(client.send(request));
  }
  /// The token endpoint's form for somebody who agreed to what this client pushed.
  Fields grant(net::Client& client) {
    const Answer pushed = send(client, "/openid/par", request_fields());
    EXPECT_EQ(pushed.status, 201) << write_json(pushed.json);
    const auto location = provider_->allow(begin(string_or(pushed.json, "request_uri")), sign_in());
    return {{"grant_type", "authorization_code"},
            {"code", code_in(*location)},
            {"redirect_uri", std::string(callback)},
            {"code_verifier", std::string(verifier)}};
  }
  int userinfo(net::Client& client, const std::string& token) {
    net::ClientRequest request{.url = mtls + "/openid/userinfo"};
    request.headers.set("Authorization", "Bearer " + token);
    return read(client.send(request)).status;
  }
  /// "active", or why the client was refused.
  std::string asks(const net::TlsConfig& own, const std::string& token = "x") {
    net::Client who = client(own);
    const Answer answer = send(who, "/openid/introspect", {{"token", token}});
    return answer.status == 200 ? "heard" : string_or(answer.json, "error_description");
  }
};

TEST_F(MutualTls, ProvesAClientByItsPublishedKeyAndBindsItsTokens) {
  register_land("self_signed_tls_client_auth");
  net::Client land = client(wrapped(land_.key)), other = client(wrapped(TestKey{}.key));
  const Fields code = grant(land);
  EXPECT_EQ(send(other, "/openid/token", code).error, "invalid_client");
  const Answer tokens = send(land, "/openid/token", code);
  ASSERT_EQ(tokens.status, 200) << write_json(tokens.json);
  EXPECT_EQ(string_or(tokens.json, "token_type"), "Bearer");
  const std::string token = string_or(tokens.json, "access_token");
  EXPECT_EQ(userinfo(land, token), 200);
  EXPECT_EQ(userinfo(other, token), 401);
  net::ClientRequest plain{.url = base_ + "/openid/userinfo"};
  plain.headers.set("Authorization", "Bearer " + token);
  EXPECT_EQ(read(http_.send(plain)).status, 401);
  const Answer about = send(land, "/openid/introspect", {{"token", token}});
  EXPECT_EQ(string_or(*find(about.json, "cnf"), "x5t#S256").size(), 43u);
  // It is bound to a method too: an assertion by the same key is not what this client uses.
  EXPECT_EQ(post("/openid/introspect", proven({{"token", token}}, land_)).error, "invalid_client");
}

TEST_F(MutualTls, ProvesAClientByTheNameThatAnAuthorityGaveItAndBindsItsTokens) {
  register_land("tls_client_auth", {{"tls_client_auth_subject_dn", "CN=land.example,C=TW"}});
  const net::TlsConfig own = by_agencies({.common_name = "land.example"});
  net::Client land = client(own);
  const Answer tokens = send(land, "/openid/token", grant(land));
  ASSERT_EQ(tokens.status, 200) << write_json(tokens.json);
  const std::string token = string_or(tokens.json, "access_token");
  EXPECT_EQ(userinfo(land, token), 200);
  // Renewed: the same name proves the client still, but tokens are bound to the old certificate.
  const net::TlsConfig renewed = by_agencies({.common_name = "land.example"});
  EXPECT_EQ(asks(renewed), "heard");
  net::Client later = client(renewed);
  EXPECT_EQ(userinfo(later, token), 401);
  const Fields again{{"grant_type", "refresh_token"},
                     {"refresh_token", string_or(tokens.json, "refresh_token")}};
  EXPECT_EQ(send(later, "/openid/token", again).error, "invalid_grant");
  EXPECT_EQ(send(land, "/openid/token", again).status, 200);
}

TEST_F(MutualTls, ProvesAClientByItsDnsName) {
  register_land("tls_client_auth", {{"tls_client_auth_san_dns", "land.example"}});
  EXPECT_EQ(asks(by_agencies({.common_name = "x", .dns_names = {"a.example", "land.example"}})),
            "heard");
  EXPECT_EQ(asks(by_agencies({.common_name = "land.example", .dns_names = {"b.example"}})),
            "the certificate is of CN=land.example,C=TW, b.example");
}

TEST_F(MutualTls, RefusesCertificatesThatAnAuthorityDoesNotVouchFor) {
  register_land("tls_client_auth", {{"tls_client_auth_subject_dn", "CN=land.example,C=TW"}});
  const trust::CertificateRequest named{.common_name = "land.example"};
  const net::TlsConfig old = by_agencies({.common_name = "land.example", .valid_days = 1});
  EXPECT_EQ(asks(old), "heard");
  EXPECT_EQ(asks(by_agencies({.common_name = "tax.example"})),
            "the certificate is of CN=tax.example,C=TW, localhost");
  EXPECT_EQ(asks(by_agencies({.common_name = "land.example", .for_client = false})),
            "certificate_other_usage");
  EXPECT_EQ(asks(issued(authority, named, TestKey{}.key, clock_)), "untrusted_certificate");
  // An authority that merely has the same name.
  const auto twin = trust::Authority::create("Agencies", 100, clock_).value();
  EXPECT_EQ(asks(issued(twin, named, TestKey{}.key, clock_)), "untrusted_certificate");
  clock_.advance(days{2});
  EXPECT_EQ(asks(old), "certificate_expired");
}

TEST_F(MutualTls, SaysWhichMethodsThereAre) {
  const auto methods = [](const Provider& provider) {
    return write_json(*find(provider.discovery(), "token_endpoint_auth_methods_supported"));
  };
  EXPECT_TRUE(methods(*provider_).contains("\"tls_client_auth\""));
  EXPECT_FALSE(methods(*open()).contains("\"tls_client_auth\""));
}

TEST_F(MutualTls, TakesNobodyWithoutACertificate) {
  net::Client none = client(std::nullopt);
  net::ClientRequest request{.method = net::Method::post, .url = mtls + "/openid/token"};
  EXPECT_FALSE(none.send(request));
}

}  // namespace
}  // namespace minben::openid
