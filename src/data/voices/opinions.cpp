#include "voices/opinions.hpp"

#include <algorithm>

#include "common.hpp"

namespace minben::voices {

namespace {

using store::Query;

constexpr Names<Purpose, 8> names{{{Purpose::research, "research"},
                                   {Purpose::teaching, "teaching"},
                                   {Purpose::news, "news"},
                                   {Purpose::app, "app"},
                                   {Purpose::business, "business"},
                                   {Purpose::oversight, "oversight"},
                                   {Purpose::government, "government"},
                                   {Purpose::personal, "personal"}}};
constexpr std::array all{Purpose::research,   Purpose::teaching, Purpose::news,
                         Purpose::app,        Purpose::business, Purpose::oversight,
                         Purpose::government, Purpose::personal};

constexpr Query write_opinion{"voices_write_opinion", R"(
  insert into voices.opinion (dataset_id, person_id, stars, purposes, at) values ($1, $2, $3, $4, $5)
  on conflict (dataset_id, person_id) do update set stars = $3, purposes = $4, at = $5)"};
constexpr Query delete_opinion{
    "voices_delete_opinion", "delete from voices.opinion where dataset_id = $1 and person_id = $2"};
constexpr Query find_opinion{
    "voices_find_opinion",
    "select stars, purposes from voices.opinion where dataset_id = $1 and person_id = $2"};
constexpr Query count_stars{
    "voices_count_stars",
    "select stars, count(*) as n from voices.opinion where dataset_id = $1 group by stars"};
constexpr Query count_purposes{"voices_count_purposes", R"(
  select purpose, count(*) as n from voices.opinion, unnest(purposes) as purpose
  where dataset_id = $1 group by purpose)"};

}  // namespace

std::string_view to_string(Purpose purpose) { return name_in(names, purpose); }
std::optional<Purpose> parse_purpose(std::string_view text) { return value_in(names, text); }
std::span<const Purpose> purposes() { return all; }

double OpinionSum::mean() const {
  if (count == 0) return 0;
  double sum = 0;
  for (std::size_t i = 0; i < of_stars.size(); ++i)
    sum += static_cast<double>(of_stars[i]) * static_cast<double>(i + 1);
  return sum / static_cast<double>(count);
}

Result<void> Opinions::give(PersonId person, catalogue::DatasetId dataset, const Opinion& opinion) {
  if (opinion.stars < 1 || opinion.stars > 5)
    return fail(Kind::invalid, "bad_stars", "1 to 5 stars", "stars");
  std::vector<std::string> texts;
  for (const Purpose purpose : all)  // each once
    if (std::ranges::find(opinion.purposes, purpose) != opinion.purposes.end())
      texts.emplace_back(to_string(purpose));
  return common_.parts.database.transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_TRY(entry, common_.parts.catalogue.find(tx, dataset));
    if (entry.status != catalogue::Status::published)
      return fail(Kind::not_found, "no_such_dataset", "not published");
    MINBEN_CHECK(tx.run(write_opinion, dataset, person, opinion.stars, texts, common_.now()));
    return {};
  });
}

Result<void> Opinions::take_back(PersonId person, catalogue::DatasetId dataset) {
  MINBEN_CHECK(common_.parts.database.run(delete_opinion, dataset, person));
  return {};
}

Result<std::optional<Opinion>> Opinions::of(PersonId person, catalogue::DatasetId dataset) {
  MINBEN_TRY(rows, common_.parts.database.run(find_opinion, dataset, person));
  if (rows.empty()) return std::nullopt;
  Opinion out;
  out.stars = static_cast<int>(rows.front().integer("stars"));
  for (const std::string& text : rows.front().texts("purposes"))
    if (const auto purpose = parse_purpose(text)) out.purposes.push_back(*purpose);
  return out;
}

Result<OpinionSum> Opinions::sum(catalogue::DatasetId dataset) {
  return common_.parts.database.separately([&](store::Transaction& tx) -> Result<OpinionSum> {
    OpinionSum out;
    MINBEN_TRY(stars, tx.run(count_stars, dataset));
    for (const store::Row row : stars) {
      out.of_stars.at(static_cast<std::size_t>(row.integer("stars") - 1)) = row.integer("n");
      out.count += row.integer("n");
    }
    MINBEN_TRY(purposes, tx.run(count_purposes, dataset));
    for (const store::Row row : purposes)
      if (const auto purpose = parse_purpose(row.text("purpose")))
        out.of_purpose[*purpose] = row.integer("n");
    return out;
  });
}

}  // namespace minben::voices
