#include "authorities.hpp"

#include <fmt/format.h>

#include "values.hpp"

namespace minben::exchange {

namespace {

constexpr std::size_t most_urls = 8;
constexpr std::size_t most_intermediates = 16;
constexpr std::int64_t longest_s = 30 * 86'400;

std::unexpected<Error> wrong(std::string_view field, std::string_view why) {
  return fail(Kind::invalid, "bad_authority", why, field);
}

Result<void> only(const Json& json, std::initializer_list<std::string_view> known) {
  if (!json.is_object()) return wrong("", "expected an object");
  for (const auto& member : json.as_object())
    if (std::ranges::find(known, std::string_view(member.key())) == known.end())
      return wrong(member.key(), "no such member");
  return {};
}

Result<std::vector<std::string>> texts_or_none(const Json& json, std::string_view name,
                                               std::size_t most) {
  if (find(json, name) == nullptr) return std::vector<std::string>{};
  MINBEN_TRY(texts, get_strings(json, name));
  if (texts.size() > most) return wrong(name, fmt::format("at most {}", most));
  return texts;
}

Result<void> check_url(std::string_view url, std::string_view field) {
  if (url.starts_with("http://") && url.size() < 500) return {};
  return wrong(field,
               "an http:// address: answers are signed, and https would ask for them itself");
}

Result<void> check_certificates(const OutsideAuthority& authority) {
  MINBEN_CHECK(trust::authority_from_pem(authority.root));
  for (const std::string& pem : authority.intermediates)
    MINBEN_CHECK(trust::authority_from_pem(pem));
  return {};
}

Result<OutsideAuthority> read_authority(const Json& json) {
  MINBEN_CHECK(only(json, {"root", "intermediates", "uses", "ocsp", "lists"}));
  OutsideAuthority out;
  MINBEN_TRY(root, get_string(json, "root"));
  out.root = std::move(root);
  MINBEN_TRY(intermediates, texts_or_none(json, "intermediates", most_intermediates));
  out.intermediates = std::move(intermediates);
  MINBEN_TRY(uses, get_strings(json, "uses"));
  out.for_tls = std::ranges::find(uses, "tls") != uses.end();
  out.for_seals = std::ranges::find(uses, "seal") != uses.end();
  if (uses.empty() || uses.size() != std::size_t{out.for_tls} + std::size_t{out.for_seals})
    return wrong("uses", "tls, seal or both");
  out.ocsp_url = string_or(json, "ocsp");
  if (!out.ocsp_url.empty()) MINBEN_CHECK(check_url(out.ocsp_url, "ocsp"));
  MINBEN_TRY(lists, texts_or_none(json, "lists", most_urls));
  for (const std::string& url : lists) MINBEN_CHECK(check_url(url, "lists"));
  out.list_urls = std::move(lists);
  if (const auto sound = check_certificates(out); !sound)
    return wrong("root", describe(sound.error()));
  return out;
}

Result<seconds> read_seconds(const Json& json, std::string_view name, seconds otherwise,
                             std::int64_t least) {
  if (find(json, name) == nullptr) return otherwise;
  MINBEN_TRY(value, get_integer(json, name));
  if (value < least || value > longest_s) return wrong(name, "seconds, at most 30 days");
  return seconds(value);
}

Result<RevocationPolicy> read_policy(const Json& json) {
  MINBEN_CHECK(only(json, {"failure", "grace_s", "freshness_s"}));
  RevocationPolicy out;
  const std::string failure(string_or(json, "failure", "hard"));
  if (failure != "hard" && failure != "soft") return wrong("failure", "hard or soft");
  out.hard = failure == "hard";
  MINBEN_TRY(grace, read_seconds(json, "grace_s", out.grace_s, 0));
  out.grace_s = grace;
  MINBEN_TRY(freshness, read_seconds(json, "freshness_s", out.freshness_s, 60));
  out.freshness_s = freshness;
  return out;
}

JsonObject to_json(const OutsideAuthority& authority) {
  JsonArray uses;
  if (authority.for_tls) uses.emplace_back("tls");
  if (authority.for_seals) uses.emplace_back("seal");
  return {{"root", authority.root},
          {"intermediates", json_list(authority.intermediates)},
          {"uses", std::move(uses)},
          {"ocsp", authority.ocsp_url},
          {"lists", json_list(authority.list_urls)}};
}

}  // namespace

Result<void> read_authorities(const Json& json, Configuration& configuration) {
  MINBEN_CHECK(for_each(json, "authorities", [&](const Json& element) -> Result<void> {
    MINBEN_TRY(authority, read_authority(element));
    configuration.authorities.push_back(std::move(authority));
    return {};
  }));
  if (configuration.authorities.size() > max_outside_authorities)
    return wrong("authorities", "at most 16");
  if (const Json* policy = find(json, "revocation")) {
    MINBEN_TRY(read, read_policy(*policy));
    configuration.revocation = read;
  }
  return {};
}

void write_authorities(const Configuration& configuration, JsonObject& content) {
  JsonArray authorities;
  for (const OutsideAuthority& authority : configuration.authorities)
    authorities.emplace_back(to_json(authority));
  content["authorities"] = std::move(authorities);
  const RevocationPolicy& policy = configuration.revocation;
  content["revocation"] = JsonObject{{"failure", policy.hard ? "hard" : "soft"},
                                     {"grace_s", policy.grace_s.count()},
                                     {"freshness_s", policy.freshness_s.count()}};
}

Result<trust::PathValidator> path_validator(const Configuration& configuration) {
  std::vector<trust::Anchor> anchors;
  for (const std::string& own : configuration.trust_anchors) anchors.push_back({.root = own});
  for (const OutsideAuthority& outside : configuration.authorities)
    anchors.push_back(
        {outside.root, outside.intermediates, outside.for_tls, outside.for_seals, true});
  return trust::PathValidator::make(anchors, configuration.revocation_lists);
}

const OutsideAuthority* outside_authority(const Configuration& configuration, std::size_t anchor) {
  const std::size_t own = configuration.trust_anchors.size();
  return anchor < own ? nullptr : &configuration.authorities.at(anchor - own);
}

}  // namespace minben::exchange
