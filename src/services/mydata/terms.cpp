// What may be asked for, and its form in JSON.
#include <set>

#include "impl.hpp"

namespace minben::mydata {

namespace {

constexpr std::size_t max_fields = 64;
constexpr std::size_t max_name = 64;
constexpr std::size_t max_text = 2000;  // characters of a purpose or legal basis
constexpr int max_fetches = 1000;
constexpr int max_retention_days = 36500;

std::unexpected<Error> bad(std::string_view field, std::string_view detail) {
  return fail(Kind::invalid, "bad_terms", detail, field);
}

bool is_text(const Bilingual& text) {
  const auto good = [](const std::string& one) {
    return !trim(one).empty() && is_utf8(one) && length_in_characters(one) <= max_text;
  };
  return good(text.zh_hant) && good(text.en);
}
bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= max_name && is_utf8(name);
}

Result<void> check_fields(const std::vector<Field>& fields) {
  if (fields.empty() || fields.size() > max_fields) return bad("fields", "1 to 64 fields");
  std::set<std::string_view> seen;
  for (const Field& field : fields) {
    if (!is_name(field.name) || !is_text(field.title))
      return bad("fields", "a field needs a name and a title in both languages");
    if (!seen.insert(field.name).second) return bad("fields", "a field is there twice");
  }
  return {};
}

}  // namespace

Result<void> check_request(const ConsentRequest& request, Instant now) {
  const ConsentTerms& terms = request.terms;
  if (request.person.is_nil()) return bad("person", "a consent is somebody's");
  if (request.case_id.is_nil() == request.data_request.is_nil())
    return bad("case_id", "a consent is for one case or one data request");
  if (!is_code(terms.provider.value)) return bad("provider", "expected an agency code");
  if (!is_code(terms.recipient.value)) return bad("recipient", "expected an agency code");
  if (!is_name(terms.subsystem)) return bad("subsystem", "1 to 64 characters");
  if (!is_name(terms.service)) return bad("service", "1 to 64 characters");
  if (!is_name(terms.recipient_subsystem)) return bad("recipient_subsystem", "1 to 64 characters");
  if (!is_name(terms.purpose_code)) return bad("purpose_code", "1 to 64 characters");
  if (!is_text(terms.title)) return bad("title", "in both languages");
  if (!is_text(terms.purpose)) return bad("purpose", "in both languages");
  if (!is_text(terms.legal_basis)) return bad("legal_basis", "in both languages");
  if (terms.receiver != Bilingual{} && !is_text(terms.receiver))
    return bad("receiver", "in both languages");
  if (terms.max_fetches < 1 || terms.max_fetches > max_fetches)
    return bad("max_fetches", "1 to 1000");
  if (terms.retention_days < 0 || terms.retention_days > max_retention_days)
    return bad("retention_days", "0 to 36500");
  if (request.valid_for < minutes(1)) return bad("valid_for", "at least a minute");
  if (request.answer_by <= now)
    return fail(Kind::invalid, "already_expired", "answer_by is not in the future", "answer_by");
  return check_fields(terms.fields);
}

Json to_json(const Bilingual& text) {
  return JsonObject{{"zh-Hant", text.zh_hant}, {"en", text.en}};
}

Bilingual bilingual_from(const Json* value) {
  if (value == nullptr) return {};
  return {string_or(*value, "zh-Hant"), string_or(*value, "en")};
}

Json to_json(const std::vector<Field>& fields) {
  JsonArray out;
  for (const Field& field : fields)
    out.push_back(JsonObject{{"name", field.name}, {"title", to_json(field.title)}});
  return out;
}

std::vector<Field> fields_from(const Json* value) {
  std::vector<Field> out;
  if (value == nullptr || !value->is_array()) return out;
  for (const Json& field : value->get_array())
    out.push_back({string_or(field, "name"), bilingual_from(find(field, "title"))});
  return out;
}

Json to_json(const ConsentTerms& terms) {
  JsonObject out{{"title", to_json(terms.title)},
                 {"provider", terms.provider.value},
                 {"subsystem", terms.subsystem},
                 {"service", terms.service},
                 {"fields", to_json(terms.fields)},
                 {"recipient", terms.recipient.value},
                 {"recipient_subsystem", terms.recipient_subsystem},
                 {"purpose_code", terms.purpose_code},
                 {"purpose", to_json(terms.purpose)},
                 {"legal_basis", to_json(terms.legal_basis)},
                 {"max_fetches", terms.max_fetches},
                 {"retention_days", terms.retention_days}};
  if (terms.receiver != Bilingual{}) out["receiver"] = to_json(terms.receiver);
  return out;
}

ConsentTerms terms_from(const Json& value) {
  ConsentTerms terms;
  terms.title = bilingual_from(find(value, "title"));
  terms.provider = {string_or(value, "provider")};
  terms.subsystem = string_or(value, "subsystem");
  terms.service = string_or(value, "service");
  terms.fields = fields_from(find(value, "fields"));
  terms.recipient = {string_or(value, "recipient")};
  terms.recipient_subsystem = string_or(value, "recipient_subsystem");
  terms.purpose_code = string_or(value, "purpose_code");
  terms.purpose = bilingual_from(find(value, "purpose"));
  terms.legal_basis = bilingual_from(find(value, "legal_basis"));
  terms.max_fetches = static_cast<int>(stored(get_integer(value, "max_fetches")));
  terms.retention_days = static_cast<int>(stored(get_integer(value, "retention_days")));
  terms.receiver = bilingual_from(find(value, "receiver"));
  return terms;
}

}  // namespace minben::mydata
