#include "openid/request.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace minben::openid {

namespace {

constexpr std::size_t max_parameters = 60;
constexpr std::size_t max_value = 4096, max_assertion = 16384;
constexpr std::size_t max_state = 1024, max_nonce = 512, max_list = 20;
constexpr std::size_t digest_characters = 43;  // base64url of SHA-256

std::unexpected<Error> invalid(std::string_view detail, std::string_view field) {
  return fail(Kind::invalid, error::invalid_request, detail, field);
}

bool is_digest(std::string_view text) {
  return text.size() == digest_characters && base64url_decode(text).has_value();
}

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

Result<std::vector<std::string>> words(std::string_view text, std::string_view name) {
  std::vector<std::string> all;
  for (const std::string_view word : split(text, ' '))
    if (!word.empty() && std::ranges::find(all, word) == all.end()) all.emplace_back(word);
  if (all.size() > max_list) return invalid("too many values", name);
  return all;
}

Result<void> read_scopes(const Parameters& parameters, const Client& client,
                         AuthorizationRequest& request) {
  MINBEN_TRY(asked, words(parameters.get("scope"), "scope"));
  for (const std::string& one : asked)
    if (std::ranges::find(client.scopes, one) == client.scopes.end())
      return fail(Kind::invalid, error::invalid_scope, "not among the scopes of this client",
                  "scope");
  if (std::ranges::find(asked, scope::openid) == asked.end())
    return fail(Kind::invalid, error::invalid_scope, "\"openid\" is needed", "scope");
  request.scopes = std::move(asked);
  return {};
}

Result<void> read_pkce(const Parameters& parameters, AuthorizationRequest& request) {
  if (!parameters.has("code_challenge")) return invalid("PKCE is needed", "code_challenge");
  if (parameters.get("code_challenge_method") != "S256")
    return invalid("only S256 (RFC 7636)", "code_challenge_method");
  request.code_challenge = parameters.get("code_challenge");
  if (!is_digest(request.code_challenge))
    return invalid("the SHA-256 of the verifier in base64url", "code_challenge");
  request.dpop_jkt = parameters.get("dpop_jkt");
  if (!request.dpop_jkt.empty() && !is_digest(request.dpop_jkt))
    return invalid("a thumbprint of RFC 7638", "dpop_jkt");
  return {};
}

Result<void> read_prompt(const Parameters& parameters, AuthorizationRequest& request) {
  MINBEN_TRY(prompts, words(parameters.get("prompt"), "prompt"));
  for (const std::string& one : prompts) {
    if (one == "none") request.prompt_none = true;
    else if (one == "login") request.prompt_login = true;
    else if (one == "consent") request.prompt_consent = true;
    else if (one == "select_account") request.prompt_select_account = true;
    else return invalid("none, login, consent or select_account", "prompt");
  }
  if (request.prompt_none && prompts.size() > 1)
    return invalid("\"none\" goes with nothing else (Core §3.1.2.1)", "prompt");
  return {};
}

Result<void> read_levels(const Parameters& parameters, const Client& client,
                         AuthorizationRequest& request) {
  request.max_age = client.default_max_age;
  if (const auto text = parameters.get("max_age"); !text.empty()) {
    const auto age = parse_integer(text, 0, INT32_MAX);
    if (!age) return invalid("seconds, from 0 on", "max_age");
    request.max_age = seconds{*age};
  }
  MINBEN_TRY(levels, words(parameters.get("acr_values"), "acr_values"));
  request.acr_values = levels.empty() ? client.default_acr_values : std::move(levels);
  MINBEN_TRY(locales, words(parameters.get("ui_locales"), "ui_locales"));
  for (const std::string& locale : locales) {
    const std::string tag = to_lower_ascii(locale);
    if (tag.starts_with("zh")) request.language = Language::zh_hant;
    else if (tag.starts_with("en")) request.language = Language::en;
    if (request.language) break;
  }
  return {};
}

JsonArray list(const std::vector<std::string>& values) {
  return JsonArray(values.begin(), values.end());
}

Result<std::vector<std::string>> list_from(const Json& json, std::string_view name) {
  std::vector<std::string> all;
  const Json* value = find(json, name);
  if (value == nullptr || !value->is_array()) return fail(Kind::internal, "missing", {}, name);
  for (const Json& one : value->get_array()) all.emplace_back(one.as_string());
  return all;
}

}  // namespace

Result<Parameters> Parameters::read(const net::Form& form) {
  Parameters parameters;
  if (form.fields().size() > max_parameters) return invalid("too many parameters", {});
  for (const auto& [name, value] : form.fields()) {
    const std::size_t most = name == "client_assertion" ? max_assertion : max_value;
    if (name.size() > 100 || value.size() > most) return invalid("a parameter is too long", {});
    if (value.empty()) continue;
    if (parameters.has(name)) return invalid("a parameter came twice", name);
    parameters.fields_.emplace_back(name, value);
  }
  if (!form.uploads.empty()) return invalid("no files", {});
  return parameters;
}

std::string_view Parameters::get(std::string_view name) const {
  for (const auto& [known, value] : fields_)
    if (known == name) return value;
  return {};
}

Result<std::string> Parameters::need(std::string_view name) const {
  const std::string_view value = get(name);
  if (value.empty()) return invalid(fmt::format("{} is missing", name), name);
  return std::string(value);
}

bool AuthorizationRequest::asks(std::string_view scope) const {
  return std::ranges::find(scopes, scope) != scopes.end();
}

std::optional<identity::Assurance> AuthorizationRequest::needed() const {
  using identity::Assurance;
  if (acr_values.empty()) return Assurance::none;
  std::optional<Assurance> lowest;
  for (const std::string& one : acr_values) {
    const Assurance level = identity::assurance_of_acr(one);
    if (level == Assurance::none && one != identity::acr_of(Assurance::none)) continue;
    lowest = lowest ? std::min(*lowest, level) : level;
  }
  return lowest;
}

Result<std::string> redirect_uri_of(const Parameters& parameters, const Client& client) {
  MINBEN_TRY(address, parameters.need("redirect_uri"));
  if (!client.takes(address)) return invalid("not an address of this client", "redirect_uri");
  return address;
}

Result<AuthorizationRequest> read_authorization(const Parameters& parameters,
                                                const Client& client) {
  AuthorizationRequest request;
  request.client_id = client.id;
  MINBEN_TRY(address, redirect_uri_of(parameters, client));
  request.redirect_uri = std::move(address);
  if (parameters.has("request"))
    return fail(Kind::invalid, error::request_not_supported, "push the request (RFC 9126)");
  if (parameters.get("response_type") != "code")
    return fail(Kind::invalid, error::unsupported_response_type, "only \"code\"", "response_type");
  const std::string_view mode = parameters.get("response_mode");
  if (!mode.empty() && mode != "query") return invalid("only \"query\"", "response_mode");
  request.state = parameters.get("state");
  request.nonce = parameters.get("nonce");
  if (request.state.size() > max_state) return invalid("at most 1,024 bytes", "state");
  if (request.nonce.size() > max_nonce) return invalid("at most 512 bytes", "nonce");
  MINBEN_CHECK(read_scopes(parameters, client, request));
  MINBEN_CHECK(read_pkce(parameters, request));
  MINBEN_CHECK(read_prompt(parameters, request));
  MINBEN_CHECK(read_levels(parameters, client, request));
  request.login_hint = parameters.get("login_hint");
  if (request.login_hint.size() > max_nonce) return invalid("at most 512 bytes", "login_hint");
  return request;
}

JsonObject to_json(const AuthorizationRequest& request) {
  JsonObject json{{"client_id", request.client_id},
                  {"redirect_uri", request.redirect_uri},
                  {"state", request.state},
                  {"nonce", request.nonce},
                  {"scopes", list(request.scopes)},
                  {"code_challenge", request.code_challenge},
                  {"dpop_jkt", request.dpop_jkt},
                  {"none", request.prompt_none},
                  {"login", request.prompt_login},
                  {"consent", request.prompt_consent},
                  {"select_account", request.prompt_select_account},
                  {"acr_values", list(request.acr_values)},
                  {"login_hint", request.login_hint},
                  {"pushed", request.pushed}};
  if (request.max_age) json["max_age"] = request.max_age->count();
  if (request.language) json["language"] = language_tag(*request.language);
  return json;
}

Result<AuthorizationRequest> authorization_from_json(const Json& json) {
  AuthorizationRequest request;
  request.client_id = string_or(json, "client_id");
  request.redirect_uri = string_or(json, "redirect_uri");
  request.state = string_or(json, "state");
  request.nonce = string_or(json, "nonce");
  MINBEN_TRY(scopes, list_from(json, "scopes"));
  request.scopes = std::move(scopes);
  request.code_challenge = string_or(json, "code_challenge");
  request.dpop_jkt = string_or(json, "dpop_jkt");
  MINBEN_TRY(none, get_bool(json, "none"));
  MINBEN_TRY(login, get_bool(json, "login"));
  MINBEN_TRY(consent, get_bool(json, "consent"));
  MINBEN_TRY(select_account, get_bool(json, "select_account"));
  MINBEN_TRY(pushed, get_bool(json, "pushed"));
  request.prompt_none = none;
  request.prompt_login = login;
  request.prompt_consent = consent;
  request.prompt_select_account = select_account;
  request.pushed = pushed;
  if (const auto age = get_integer(json, "max_age")) request.max_age = seconds{*age};
  MINBEN_TRY(levels, list_from(json, "acr_values"));
  request.acr_values = std::move(levels);
  request.login_hint = string_or(json, "login_hint");
  const std::string language = string_or(json, "language");
  if (language == language_tag(Language::zh_hant)) request.language = Language::zh_hant;
  if (language == language_tag(Language::en)) request.language = Language::en;
  return request;
}

bool verifier_fits(std::string_view verifier, std::string_view challenge) {
  if (verifier.size() < 43 || verifier.size() > 128) return false;
  if (!std::ranges::all_of(verifier, is_unreserved)) return false;
  return equal_in_constant_time(base64url_encode(sha256(verifier)), challenge);
}

}  // namespace minben::openid
