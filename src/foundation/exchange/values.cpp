#include "values.hpp"

#include <fmt/format.h>

namespace minben::exchange {

namespace {

bool is_segment(std::string_view text) {
  constexpr std::string_view others = "'()+,-.=?_";
  return !text.empty() && text.size() <= 64 && text != "." && text != ".." &&
         std::ranges::all_of(text, [&](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  others.find(c) != others.npos;
         });
}

Result<std::vector<std::string_view>> segments(std::string_view text, std::size_t count,
                                               std::string_view code) {
  auto parts = split(text, '/');
  if (parts.size() != count || !std::ranges::all_of(parts, is_segment))
    return fail(Kind::invalid, code, fmt::format("expected {} segments", count));
  return parts;
}

std::string to_be_signed(std::string_view format, std::string_view canonical) {
  return fmt::format("{}\n{}", format, canonical);
}

}  // namespace

Result<SubsystemId> SubsystemId::parse(std::string_view text) {
  MINBEN_TRY(parts, segments(text, 4, "not_a_subsystem"));
  return SubsystemId{std::string(parts[0]), std::string(parts[1]), std::string(parts[2]),
                     std::string(parts[3])};
}

std::string to_string(const SubsystemId& id) {
  return fmt::format("{}/{}/{}/{}", id.instance, id.member_class, id.member, id.subsystem);
}

Result<ServiceId> ServiceId::parse(std::string_view text) {
  MINBEN_TRY(parts, segments(text, 5, "not_a_service"));
  return ServiceId{
      {std::string(parts[0]), std::string(parts[1]), std::string(parts[2]), std::string(parts[3])},
      std::string(parts[4])};
}

std::string to_string(const ServiceId& id) {
  return fmt::format("{}/{}", to_string(id.provider), id.service);
}

std::string_view to_string(Basis basis) { return basis == Basis::consent ? "consent" : "law"; }

Result<Basis> parse_basis(std::string_view text) {
  if (text == "consent") return Basis::consent;
  if (text == "law") return Basis::law;
  return fail(Kind::invalid, "wrong_type", "consent or law", "basis");
}

Result<net::Method> parse_method(std::string_view text) {
  for (const net::Method method : {net::Method::get, net::Method::post, net::Method::put,
                                   net::Method::del, net::Method::patch})
    if (net::to_string(method) == text) return method;
  return fail(Kind::invalid, "wrong_type", "GET, POST, PUT, DELETE or PATCH");
}

JsonArray json_list(std::span<const std::string> texts) {
  JsonArray array;
  for (const std::string& text : texts) array.emplace_back(text);
  return array;
}

Result<void> for_each(const Json& object, std::string_view name,
                      const std::function<Result<void>(const Json&)>& read) {
  const Json* member = find(object, name);
  if (!member || !member->is_array())
    return fail(Kind::invalid, "wrong_type", "expected an array", name);
  std::size_t index = 0;
  for (const Json& element : member->as_array()) {
    if (auto done = read(element); !done)
      return fail(within(fmt::format("{}/{}", name, index), std::move(done).error()));
    ++index;
  }
  return {};
}

Result<void> check_members(const Json& object, std::span<const std::string_view> known) {
  const JsonObject* members = object.if_object();
  if (!members) return fail(Kind::invalid, "wrong_type", "expected an object");
  for (const auto& member : *members)
    if (std::ranges::find(known, std::string_view(member.key())) == known.end())
      return fail(Kind::invalid, "unknown_member", "no such member", member.key());
  return {};
}

Error within(std::string_view place, Error cause) {
  cause.field = cause.field.empty() ? std::string(place) : fmt::format("{}/{}", place, cause.field);
  return cause;
}

Result<std::vector<std::string>> get_strings(const Json& object, std::string_view name) {
  std::vector<std::string> texts;
  MINBEN_CHECK(for_each(object, name, [&](const Json& element) -> Result<void> {
    if (!element.is_string()) return fail(Kind::invalid, "wrong_type", "expected a string");
    texts.emplace_back(element.as_string());
    return {};
  }));
  return texts;
}

JsonObject to_json(const Bilingual& text) { return {{"zh-Hant", text.zh_hant}, {"en", text.en}}; }

Result<Bilingual> get_bilingual(const Json& object, std::string_view name) {
  const Json* text = find(object, name);
  if (!text) return fail(Kind::invalid, "missing", "", name);
  MINBEN_TRY(zh_hant, get_string(*text, "zh-Hant"));
  MINBEN_TRY(en, get_string(*text, "en"));
  return Bilingual{std::move(zh_hant), std::move(en)};
}

Result<Instant> get_instant(const Json& object, std::string_view name) {
  MINBEN_TRY(text, get_string(object, name));
  return parse_instant(text);
}

Result<std::string> sign_document(std::string_view format, const Json& content,
                                  const trust::SigningKey& key) {
  MINBEN_TRY(canonical, canonical_json(content));
  const Bytes signature = key.sign(as_bytes(to_be_signed(format, canonical)));
  const JsonObject document{
      {"format", format}, {"content", content}, {"signature", base64url_encode(signature)}};
  return write_json(document);
}

Result<SignedDocument> read_document(std::string_view text, std::string_view format,
                                     JsonLimits limits) {
  MINBEN_TRY(document, parse_json(text, limits));
  if (string_or(document, "format") != format)
    return fail(Kind::invalid, "wrong_format", fmt::format("expected {}", format), "format");
  const Json* content = find(document, "content");
  const auto signature = base64url_decode(string_or(document, "signature"));
  if (!content || !content->is_object())
    return fail(Kind::invalid, "missing", "no content", "content");
  if (!signature) return fail(Kind::invalid, "wrong_type", "not base64url", "signature");
  MINBEN_TRY(canonical, canonical_json(*content));
  return SignedDocument{std::move(document.as_object()["content"]), to_be_signed(format, canonical),
                        *signature};
}

}  // namespace minben::exchange
