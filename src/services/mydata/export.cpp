#include "mydata/export.hpp"

#include "csv.hpp"
#include "impl.hpp"

namespace minben::mydata {

namespace {

using store::Query;

constexpr Query newest_consents{"mydata_export_consents", R"(
  select * from mydata.consent where person_id = $1 order by requested_at desc, id desc limit $2)"};
constexpr Query changes_of_all{"mydata_export_changes", R"(
  select consent_id, sequence, state, at, assurance, entry_id from mydata.consent_change
  where person_id = $1 order by consent_id, sequence)"};

Json ledger_place(const std::optional<ledger::Position>& position) {
  if (!position) return nullptr;
  return JsonObject{{"log", position->log}, {"index", position->index}};
}

std::string joined_fields(const Usage& use, Language language) {
  std::string text;
  for (const Field& field : use.fields) {
    if (!text.empty()) text += "; ";
    text += field.title.in(language).empty() ? field.name : field.title.in(language);
  }
  return text;
}

std::vector<std::string> csv_head(Language language) {
  if (language == Language::zh_hant)
    return {"時間",     "紀錄編號", "機關代碼", "機關",     "角色",     "方式",
            "來源機關", "欄位",     "目的代碼", "目的",     "法律依據", "案件",
            "同意",     "延後法律", "延後至",   "帳本編號", "帳本序號"};
  return {"time",     "record",      "agency_code",  "agency",     "role",        "how",
          "provider", "fields",      "purpose_code", "purpose",    "legal_basis", "case",
          "consent",  "held_by_law", "held_until",   "ledger_log", "ledger_index"};
}

std::vector<std::string> csv_row(const Usage& use, Language language, const AgencyNamer& name) {
  return {to_string(use.at),
          to_string(use.id),
          use.agency.value,
          name(use.agency),
          use.officer_role,
          std::string(to_string(use.kind)),
          use.provider ? use.provider->value : std::string(),
          joined_fields(use, language),
          use.purpose_code,
          use.purpose.in(language),
          use.legal_basis.in(language),
          use.case_id.is_nil() ? std::string() : to_string(use.case_id),
          use.consent ? to_string(*use.consent) : std::string(),
          use.hold ? use.hold->law : std::string(),
          use.hold ? to_string(use.hold->until) : std::string(),
          use.position ? std::to_string(use.position->log) : std::string(),
          use.position ? std::to_string(use.position->index) : std::string()};
}

JsonObject file_of(std::string_view format, PersonId person, Instant now, bool complete) {
  return JsonObject{{"format", format},
                    {"person", to_string(person)},
                    {"exported_at", to_string(now)},
                    {"complete", complete}};
}

Json optional_time(const std::optional<Instant>& at) {
  if (!at) return nullptr;
  return Json(to_string(*at));
}

Json consent_json(const store::Row& row, JsonArray changes) {
  const auto id = [&](std::string_view column) -> Json {
    if (row.is_null(column)) return nullptr;
    return Json(row.text(column));
  };
  return JsonObject{{"consent", row.text("id")},
                    {"case", id("case_id")},
                    {"data_request", id("data_request_id")},
                    {"state", row.text("state")},
                    {"terms", row.json("terms")},
                    {"requested_at", to_string(row.instant("requested_at"))},
                    {"expires_at", to_string(row.instant("expires_at"))},
                    {"decided_at", optional_time(row.optional_instant("decided_at"))},
                    {"ended_at", optional_time(row.optional_instant("ended_at"))},
                    {"assurance", row.text("assurance")},
                    {"fetches", row.integer("fetches")},
                    {"changes", std::move(changes)}};
}

}  // namespace

std::string uses_as_csv(std::span<const Usage> uses, Language language, const AgencyNamer& name) {
  std::string out = "\xEF\xBB\xBF" + csv_line(csv_head(language));
  for (const Usage& use : uses) out += csv_line(csv_row(use, language, name));
  return out;
}

std::string uses_as_json(std::span<const Usage> uses, PersonId person, Instant now, bool complete) {
  JsonArray list;
  for (const Usage& use : uses) {
    Json one = content_of(use);
    one.get_object()["ledger"] = ledger_place(use.position);
    list.push_back(std::move(one));
  }
  JsonObject out = file_of("minben-uses/1", person, now, complete);
  out["uses"] = std::move(list);
  return write_json_pretty(out);
}

Result<std::string> MyData::export_consents(store::Transaction& tx, PersonId person) const {
  MINBEN_TRY(consents, tx.run(newest_consents, person, most_exported + 1));
  MINBEN_TRY(changes, tx.run(changes_of_all, person));
  std::vector<ledger::EntryId> entries;
  for (const store::Row row : changes) entries.push_back(row.id<ledger::EntryId>("entry_id"));
  MINBEN_TRY(positions, impl_->parts.commitments.positions_of(tx, entries));
  std::map<std::string, JsonArray> by_consent;
  for (const store::Row row : changes) {
    const auto place = positions.find(row.id<ledger::EntryId>("entry_id"));
    by_consent[row.text("consent_id")].push_back(JsonObject{
        {"sequence", row.integer("sequence")},
        {"state", row.text("state")},
        {"at", to_string(row.instant("at"))},
        {"assurance", row.text("assurance")},
        {"ledger",
         ledger_place(place == positions.end() ? std::nullopt : std::optional(place->second))}});
  }
  JsonArray list;
  for (int i = 0; i < std::min(consents.size(), most_exported); ++i)
    list.push_back(consent_json(consents[i], std::move(by_consent[consents[i].text("id")])));
  JsonObject out =
      file_of("minben-consents/1", person, impl_->now(), consents.size() <= most_exported);
  out["consents"] = std::move(list);
  return write_json_pretty(out);
}

}  // namespace minben::mydata
