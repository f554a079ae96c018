// The endpoints for programs, as HTTP: reading requests, writing answers and refusals.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "impl.hpp"

namespace minben::openid {

namespace {

using net::Method;
using net::operator""_KiB;
constexpr std::size_t max_body = 64_KiB;

/// RFC 6749 §5.2 allows neither quotes nor what is not ASCII.
std::string as_description(std::string_view detail) {
  std::string text;
  for (const char c : detail) text += c == '"' || c == '\\' ? '\'' : c < ' ' || c > '~' ? '?' : c;
  return text;
}

/// Codes are the standards' own; what went wrong inside is nobody's business.
std::string code_of(const Error& error) {
  if (error.kind == Kind::internal) return std::string(error::server_error);
  if (error.kind == Kind::unavailable) return std::string(error::temporarily_unavailable);
  return error.code;
}

bool is_ours(const Error& error) {
  return error.kind == Kind::internal || error.kind == Kind::unavailable;
}

/// Never what was sent: tokens, codes and proofs are secrets.
void log_refusal(const net::Request& request, const Error& error) {
  const std::string_view client = request.form.get("client_id");
  spdlog::log(is_ours(error) ? spdlog::level::err : spdlog::level::warn,
              "openid: {} refused: {}{}{}", request.path, describe(error),
              is_code(client) ? " client " : "", is_code(client) ? client : "");
}

struct Endpoint {
  Method method;
  std::string_view path;
  Result<net::Response> (*handler)(Provider::Impl&, const Arrived&);
};

Result<net::Response> answer_json(Result<Json> json, int status = 200) {
  if (!json) return fail(json.error());
  return net::Response::json(*json, status);
}

constexpr std::array endpoints{
    Endpoint{Method::post, path::par,
             [](Provider::Impl& impl, const Arrived& arrived) {
               return answer_json(impl.push(arrived), 201);
             }},
    Endpoint{Method::post, path::token,
             [](Provider::Impl& impl, const Arrived& arrived) {
               return answer_json(impl.token(arrived));
             }},
    Endpoint{Method::get, path::userinfo,
             [](Provider::Impl& impl, const Arrived& arrived) { return impl.userinfo(arrived); }},
    Endpoint{Method::post, path::userinfo,
             [](Provider::Impl& impl, const Arrived& arrived) { return impl.userinfo(arrived); }},
    Endpoint{Method::post, path::introspect,
             [](Provider::Impl& impl, const Arrived& arrived) { return impl.introspect(arrived); }},
    Endpoint{Method::post, path::revoke,
             [](Provider::Impl& impl, const Arrived& arrived) -> Result<net::Response> {
               MINBEN_CHECK(impl.revoke(arrived));
               return net::Response::json(JsonObject{});
             }}};

net::Response refuse_resource(const Error& error) {
  net::Response response = refusal(error);
  // RFC 6750 §3, RFC 9449 §7.1
  response.headers.set(
      "WWW-Authenticate",
      fmt::format("DPoP algs=\"ES256 PS256 EdDSA Ed25519\", error=\"{}\"", code_of(error)));
  if (!is_ours(error) && error.kind != Kind::too_many) response.status = 401;
  return response;
}

net::Response run(Provider::Impl& impl, const Endpoint& endpoint, const net::Request& request,
                  const std::string& base) {
  auto parameters = Parameters::read(request.form);
  auto answer = [&]() -> Result<net::Response> {
    if (!parameters) return fail(parameters.error());
    if (!request.query.fields().empty())
      return fail(Kind::invalid, error::invalid_request, "nothing in the address");
    const Arrived arrived{request, std::move(*parameters), base + std::string(endpoint.path)};
    return endpoint.handler(impl, arrived);
  }();
  if (!answer) {
    log_refusal(request, answer.error());
    answer =
        endpoint.path == path::userinfo ? refuse_resource(answer.error()) : refusal(answer.error());
  }
  answer->headers.set("Cache-Control", "no-store");
  if (!request.headers.get("DPoP").empty()) answer->headers.set("DPoP-Nonce", impl.dpop_nonce());
  return std::move(*answer);
}

net::Response open_to_all(const Json& json) {
  net::Response response = net::Response::json(json);
  response.headers.set("Access-Control-Allow-Origin", "*");
  response.headers.set("Cache-Control", "public, max-age=300");
  return response;
}

}  // namespace

int status_of(const Error& error) {
  if (error.code == error::invalid_client || error.code == error::invalid_token) return 401;
  switch (error.kind) {
    case Kind::too_many:
    case Kind::too_large:
    case Kind::unavailable:
    case Kind::internal:
      return net::http_status(error.kind);
    default:
      return 400;
  }
}

net::Response refusal(const Error& error) {
  JsonObject json{{"error", code_of(error)}};
  if (!is_ours(error)) {
    std::string description = as_description(error.detail);
    if (!error.field.empty()) description += fmt::format(" ({})", as_description(error.field));
    json["error_description"] = description;
  }
  net::Response response = net::Response::json(json, status_of(error));
  if (error.kind == Kind::too_many) response.headers.set("Retry-After", "60");
  return response;
}

std::vector<net::Route> Provider::routes(net::Access access, std::string_view base) const {
  std::vector<net::Route> routes;
  Impl* impl = impl_.get();
  for (const Endpoint& endpoint : endpoints)
    routes.push_back({endpoint.method, std::string(endpoint.path), access,
                      endpoint.method == Method::get ? 0 : max_body,
                      [impl, endpoint, origin = std::string(base)](net::Request& request) {
                        return run(*impl, endpoint, request, origin);
                      }});
  if (base != impl->config.issuer) return routes;
  for (const std::string_view at :
       {"/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"})
    routes.push_back({Method::get, std::string(at), access, 0,
                      [this](net::Request&) { return open_to_all(discovery()); }});
  routes.push_back({Method::get, std::string(path::keys), access, 0, [this](net::Request&) {
                      const auto keys = published_keys();
                      return keys ? open_to_all(*keys) : refusal(keys.error());
                    }});
  return routes;
}

// -------------------------------------------------------------------------------- discovery

namespace {

template <class Range>
JsonArray list(const Range& values) {
  return JsonArray(std::begin(values), std::end(values));
}

void add_endpoints(JsonObject& json, const Config& config) {
  const auto at = [&](std::string_view base, std::string_view path) {
    return std::string(base) + std::string(path);
  };
  const std::array shared{std::pair{"token_endpoint", path::token},
                          std::pair{"pushed_authorization_request_endpoint", path::par},
                          std::pair{"userinfo_endpoint", path::userinfo},
                          std::pair{"introspection_endpoint", path::introspect},
                          std::pair{"revocation_endpoint", path::revoke}};
  JsonObject aliases;
  for (const auto& [name, where] : shared) {
    json[name] = at(config.issuer, where);
    aliases[name] = at(config.mtls_base, where);
  }
  if (!config.mtls_base.empty()) json["mtls_endpoint_aliases"] = std::move(aliases);
  json["authorization_endpoint"] = at(config.issuer, path::authorize);
  json["end_session_endpoint"] = at(config.issuer, path::logout);
  json["jwks_uri"] = at(config.issuer, path::keys);
}

}  // namespace

// OpenID Connect Discovery 1.0 §3, RFC 8414 §2, and what RFC 8705, 9126, 9207 and 9449 add.
Json Provider::discovery() const {
  const Config& config = impl_->config;
  const bool mtls = !config.mtls_base.empty();
  JsonArray methods{"private_key_jwt"};
  if (mtls) {
    methods.emplace_back("self_signed_tls_client_auth");
    if (config.client_authorities) methods.emplace_back("tls_client_auth");
  }
  const JsonArray algorithms = list(signing_algorithms);
  JsonObject json{{"issuer", config.issuer},
                  {"response_types_supported", {"code"}},
                  {"response_modes_supported", {"query"}},
                  {"grant_types_supported", {"authorization_code", "refresh_token"}},
                  {"subject_types_supported", {"pairwise"}},
                  {"scopes_supported", list(known_scopes())},
                  {"claims_supported",
                   {"sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "act",
                    "at_hash", "sid", "name", "locale", "email", "email_verified", "national_id"}},
                  {"claims_parameter_supported", false},
                  {"request_parameter_supported", false},
                  {"request_uri_parameter_supported", false},
                  {"require_pushed_authorization_requests", false},
                  {"acr_values_supported",
                   {identity::acr_of(identity::Assurance::low),
                    identity::acr_of(identity::Assurance::substantial),
                    identity::acr_of(identity::Assurance::high)}},
                  {"prompt_values_supported", {"none", "login", "consent", "select_account"}},
                  {"ui_locales_supported", {"zh-Hant", "en"}},
                  {"code_challenge_methods_supported", {"S256"}},
                  {"dpop_signing_alg_values_supported", algorithms},
                  {"authorization_response_iss_parameter_supported", true},
                  {"id_token_signing_alg_values_supported", {signing_algorithm}},
                  {"userinfo_signing_alg_values_supported", {signing_algorithm}},
                  {"introspection_signing_alg_values_supported", {signing_algorithm}},
                  {"tls_client_certificate_bound_access_tokens", mtls},
                  {"backchannel_logout_supported", true},
                  {"backchannel_logout_session_supported", true}};
  for (const std::string_view endpoint : {"token", "introspection", "revocation"}) {
    json[fmt::format("{}_endpoint_auth_methods_supported", endpoint)] = methods;
    json[fmt::format("{}_endpoint_auth_signing_alg_values_supported", endpoint)] = algorithms;
  }
  add_endpoints(json, config);
  return json;
}

}  // namespace minben::openid
