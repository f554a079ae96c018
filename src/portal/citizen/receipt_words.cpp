// Words of the page that checks receipts, for the server and, as JSON, for the islands.
#include "receipt_view.hpp"

namespace minben::citizen {

namespace {

/// Members of what receipts are about, beside those that only machines read.
constexpr std::string_view content_words[] = {
    "usage",        "kind",      "at",           "agency",          "provider",
    "officer_role", "fields",    "purpose_code", "purpose",         "legal_basis",
    "case",         "consent",   "exchange",     "gateway",         "consumer",
    "service",      "method",    "status",       "exchange_id",     "request_hash",
    "sequence",     "state",     "assurance",    "expires_at",      "terms",
    "title",        "recipient", "event",        "response_sha256", "number",
    "after"};
/// What some members may be.
constexpr std::string_view value_words[] = {"fetched",   "viewed",  "requested", "granted",
                                            "withdrawn", "refused", "expired"};
constexpr std::string_view type_words[] = {"usage",   "usage-held", "usage-question",
                                           "consent", "case",       "payment"};
constexpr std::string_view page_words[] = {
    "short",      "short_text",  "witnesses",  "quorum",     "no_quorum",   "valid",
    "valid_text", "not_valid",   "good",       "bad",        "unseen",      "parts",
    "what",       "when",        "ledger",     "entry",      "size",        "root",
    "content",    "by_browser",  "no_crypto",  "no_file",    "too_large",   "code",
    "wrong_key",  "wrong_other", "file_name",  "unreadable", "bad_receipt", "bad_checkpoint",
    "bad_proof",  "bad_leaf",    "bad_content"};
/// For files of many.
constexpr std::string_view series_words[] = {
    "all_valid",        "all_valid_text",   "all_short",
    "all_short_text",   "all_not_valid",    "none",
    "proven",           "erased",           "erased_text",
    "bad_left_out",     "bad_out_of_order", "bad_broken_link",
    "bad_other_series", "bad_not_receipts"};
constexpr std::string_view roles[] = {"caseworker", "approver",      "team_lead",
                                      "consultant", "service_owner", "data_protection_officer"};

/// The islands put their values where the braces are.
JsonObject templates(Language language) {
  return JsonObject{{"complete", msg::receipts_complete(language, "{first}", "{last}")},
                    {"single", msg::receipts_single(language, "{number}")},
                    {"earlier", msg::receipts_earlier(language, "{first}")},
                    {"newer", msg::receipts_newer(language, "{entries}")},
                    {"at", msg::receipts_at(language, "{at}")},
                    {"missing", msg::receipts_missing(language, "{first}", "{last}")},
                    {"missing_one", msg::receipts_missing_one(language, "{number}")},
                    {"from", msg::usage_from(language, "{agency}")}};
}

JsonObject columns(Language language) {
  return JsonObject{{"number", msg::receipts_column_number(language)},
                    {"when", msg::column_when(language)},
                    {"who", msg::column_who(language)},
                    {"how", msg::column_how(language)},
                    {"purpose", msg::terms_purpose(language)}};
}

std::string joined(const Visit& visit, const JsonArray& items) {
  std::string text;
  for (const Json& item : items) {
    if (!text.empty()) text += visit.language == Language::zh_hant ? "、" : ", ";
    text += receipt_value(visit, item);
  }
  return text;
}

/// Texts in both languages, and fields with their titles, are read as people know them.
std::string object_text(const Visit& visit, const Json& value) {
  if (find(value, "zh-Hant") != nullptr && find(value, "en") != nullptr)
    return string_or(value, language_tag(visit.language));
  if (const Json* title = find(value, "title"); title != nullptr && find(value, "name") != nullptr)
    if (std::string text = receipt_value(visit, *title); !text.empty()) return text;
  if (const std::string name = string_or(value, "name"); !name.empty()) return name;
  return write_json(value);
}

}  // namespace

std::string receipt_word(Language language, std::string_view key) {
  const auto text = msg::find_in_citizen(language, "receipts_" + std::string(key));
  return std::string(text.value_or(key));
}

std::string receipt_type(Language language, std::string_view type) {
  std::string key = "receipts_type_" + std::string(type.substr(0, type.find('.')));
  std::ranges::replace(key, '-', '_');
  const auto text = msg::find_in_citizen(language, key);
  return text ? std::string(*text) : std::string(type);
}

std::string receipt_key(Language language, std::string_view key) {
  const auto text = msg::find_in_citizen(language, "receipts_key_" + std::string(key));
  return text ? std::string(*text) : std::string(key);
}

std::string role_text(Language language, const std::string& role) {
  const auto text = msg::find_in_citizen(language, "role_" + role);
  return text ? std::string(*text) : role;
}

std::string receipt_value(const Visit& visit, const Json& value) {
  if (value.is_object()) return object_text(visit, value);
  if (value.is_array()) return joined(visit, value.get_array());
  if (!value.is_string()) return write_json(value);
  const std::string text(value.get_string());
  const auto agencies = visit.site.agencies();
  if (const auto agency = agencies->find(AgencyCode{text}); agency != agencies->end())
    return agency->second.in(visit.language);
  if (const auto at = parse_instant(text)) return long_time(*at, visit.language);
  const auto known = msg::find_in_citizen(visit.language, "receipts_value_" + text);
  return known ? std::string(*known) : text;
}

std::string wrong_text(Language language, const Error& error) {
  if (error.code == "not_a_verifier_key") return receipt_word(language, "wrong_key");
  if (error.field.empty()) return receipt_word(language, "wrong_other");
  return receipt_word(language, "bad_" + (error.field == "series" ? error.code : error.field));
}

std::string wrong_text(Language language, const ledger::SeriesFault& fault) {
  std::string text = wrong_text(language, fault.error);
  if (fault.at > 0) text = msg::receipts_at(language, std::to_string(fault.at)) + text;
  if (fault.first_missing == 0) return text;
  const std::string first = std::to_string(fault.first_missing);
  const std::string last = std::to_string(fault.last_missing);
  return text + " " +
         (first == last ? msg::receipts_missing_one(language, first)
                        : msg::receipts_missing(language, first, last));
}

std::string receipt_words(const Visit& visit) {
  const Language language = visit.language;
  JsonObject all, types, keys, values, role_names, agencies;
  for (const std::string_view key : page_words) all[key] = receipt_word(language, key);
  for (const std::string_view key : series_words) all[key] = receipt_word(language, key);
  for (const std::string_view part : checked_parts)
    all["part_" + std::string(part)] = receipt_word(language, "part_" + std::string(part));
  for (const std::string_view type : type_words) types[type] = receipt_type(language, type);
  for (const std::string_view key : content_words) keys[key] = receipt_key(language, key);
  for (const std::string_view value : value_words)
    values[value] = receipt_word(language, "value_" + std::string(value));
  for (const std::string_view role : roles)
    role_names[role] = role_text(language, std::string(role));
  const auto names = visit.site.agencies();
  for (const auto& [code, name] : *names) agencies[code.value] = name.in(language);
  all["types"] = std::move(types);
  all["keys"] = std::move(keys);
  all["values"] = std::move(values);
  all["roles"] = std::move(role_names);
  all["agencies"] = std::move(agencies);
  all["templates"] = templates(language);
  all["columns"] = columns(language);
  return write_json(all);
}
}  // namespace minben::citizen
