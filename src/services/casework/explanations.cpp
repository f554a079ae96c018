// Decisions applied with the record of why, and such records kept with the case.
#include "explanations.hpp"

#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "impl.hpp"

namespace minben::casework {

namespace {

constexpr Query upsert{
    "casework_keep_explanation",
    "insert into casework.explanation (case_id, moment, made, content) values ($1, $2, $3, $4)"
    " on conflict (case_id, moment) do update set made = $3, content = $4"};
constexpr Query list_kept{
    "casework_list_explanations",
    "select moment, content from casework.explanation where case_id = $1 order by made, moment"};

std::string sealed_as(CaseId id, std::string_view moment) {
  return to_string(id) + ":" + std::string(moment);
}

/// The last supplement that was not answered, if its deadline is what the case stands or falls by.
std::optional<Date> supplement_due(const std::vector<SupplementView>& supplements) {
  using enum SupplementView::Status;
  if (supplements.empty()) return std::nullopt;
  const SupplementView& last = supplements.back();
  return last.status == open || last.status == lapsed ? std::optional(last.due) : std::nullopt;
}

}  // namespace

std::string_view to_string(Explanation::About about) {
  switch (about) {
    case Explanation::About::eligibility:
      return "eligibility";
    case Explanation::About::routing:
      return "routing";
    case Explanation::About::fee:
      return "fee";
    case Explanation::About::grounds:
      return "grounds";
  }
  return "";
}

Result<Applied> apply(const Package& package, const forms::Form& form, Explanation::About about,
                      std::string_view decision, const rules::Context& inputs, Instant now) {
  const auto& compiled = *package.compiled;
  const auto found = compiled.decisions.find(decision);
  MINBEN_ASSERT(found != compiled.decisions.end());  // build_package saw to it
  const rules::Model& model = compiled.models[found->second];
  rules::Options options;
  options.now = now;
  MINBEN_TRY(evaluation, model.evaluate(decision, inputs, options));

  JsonObject used;
  for (const std::string& name : inputs_of(model, decision)) {
    const rules::Value* value = inputs.find(name);
    used[name] = value ? rules::to_json(*value) : Json(nullptr);
  }
  Json record(JsonObject{{"about", to_string(about)},
                         {"at", minben::to_string(now)},
                         {"decision", decision},
                         {"inputs", std::move(used)},
                         {"evaluation", rules::explain(evaluation)}});
  return Applied{std::move(evaluation.value), worded(package, form, std::move(record))};
}

Result<std::optional<Explanation>> Casework::Impl::grounds_in(const Package& package,
                                                              const KnownFacts& known) const {
  if (package.compiled->grounds.empty()) return std::nullopt;
  const forms::Form& form = *package.application_form;
  rules::Context inputs = rule_context(form, known.answers, now());
  for (const DataItem& item : package.items) {
    const auto data = std::ranges::find(known.fetched, item.name, &FetchedData::item);
    inputs.set(item.name,
               data == known.fetched.end() ? rules::Value() : rules::from_json(data->values));
  }
  rules::List given;
  for (const Opinion& opinion : known.opinions) given.emplace_back(opinion.outcome);
  inputs.set("opinions", rules::Value(std::move(given)));
  const auto due = supplement_due(known.supplements);
  inputs.set("supplement_due", due ? rules::Value::date(*due) : rules::Value());
  MINBEN_TRY(applied, apply(package, form, Explanation::About::grounds, package.compiled->grounds,
                            inputs, now()));
  return std::move(applied.why);
}

Result<std::optional<Explanation>> Casework::Impl::find_grounds(Transaction& tx, const CaseRow& row,
                                                                const Package& package) const {
  if (package.compiled->grounds.empty()) return std::nullopt;
  MINBEN_TRY(answers, answers_of(tx, row));
  MINBEN_TRY(fetched, fetched_of(tx, row, package));
  MINBEN_TRY(opinions, opinions_of(tx, row));
  MINBEN_TRY(supplements, supplements_of(tx, row));
  return grounds_in(package, {answers, fetched, opinions, supplements});
}

Result<void> Casework::Impl::keep_explanations(Transaction& tx, const CaseRow& row,
                                               std::string_view moment,
                                               std::span<const Explanation> list) const {
  if (list.empty()) return {};
  JsonArray records;
  for (const Explanation& one : list) records.push_back(one.record);
  MINBEN_TRY(sealed, seal(tx, row.person, "explanation", sealed_as(row.id, moment), Json(records)));
  MINBEN_CHECK(tx.run(upsert, row.id, moment, now(), sealed));
  return {};
}

Result<std::vector<Explanation>> Casework::why(const Applicant& applicant, CaseId id) {
  auto& impl = *impl_;
  return impl.parts.database.transact([&](Transaction& tx) -> Result<std::vector<Explanation>> {
    MINBEN_TRY(row, impl.find_case_of(tx, id, applicant));
    MINBEN_TRY(package, impl.package_of(row));
    MINBEN_TRY(rows, tx.run(list_kept, id));
    std::vector<Explanation> list;
    for (const auto kept : rows) {
      MINBEN_TRY(records, impl.open(tx, row.person, "explanation",
                                    sealed_as(id, kept.text("moment")), kept.bytes("content")));
      for (const Json& record : records.as_array())
        list.push_back(worded(*package, *package->application_form, record));
    }
    return list;
  });
}

}  // namespace minben::casework
