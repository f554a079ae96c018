// Figures of teams, by agency and step; no personal data goes into them.
#include <algorithm>
#include <map>

#include "impl.hpp"

namespace minben::casework {

namespace {

constexpr int window_days = 90;

constexpr Query count_open{
    "casework_figures_open",
    "select t.service, t.agency, t.step, count(*) as open,"
    " count(*) filter (where t.claimed_by is null) as unclaimed,"
    " count(*) filter (where t.due < $1 and a.state <> 'awaiting_applicant') as overdue,"
    " count(*) filter (where a.state = 'awaiting_applicant') as waiting"
    " from casework.task t join casework.application a using (case_id)"
    " where t.status = 'open' and t.kind <> 'confirmation' and (t.agency = any($2) or t.service = "
    "any($3))"
    " group by t.service, t.agency, t.step"};
constexpr Query list_done{
    "casework_figures_done",
    "select t.service, t.agency, t.step, t.created, t.done, t.stopped_days from casework.task t"
    " where t.status = 'done' and t.kind <> 'confirmation' and t.done >= $1"
    " and (t.agency = any($2) or t.service = any($3))"};

using Key = std::tuple<std::string, std::string, std::string>;

Key key_of(const store::Row& row) {
  return {row.text("service"), row.text("agency"), row.text("step")};
}

double median(std::vector<int>& values) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  const auto middle = values.size() / 2;
  if (values.size() % 2 == 1) return values[middle];
  return (values[middle - 1] + values[middle]) / 2.0;
}

/// Whose figures the officer may see.
struct Scope {
  std::vector<std::string> agencies;
  std::vector<std::string> services;
};

Scope scope_of(const Packages& packages, const Officer& officer) {
  Scope scope;
  if (!officer.active) return scope;
  if (officer.has_role(identity::role::team_lead)) scope.agencies.push_back(officer.agency.value);
  if (officer.has_role(identity::role::service_owner)) {
    for (const auto& package : packages.all()) {
      if (package->owner == officer.agency) scope.services.push_back(package->code.value);
    }
  }
  return scope;
}

StepFigures& figures_at(std::map<Key, StepFigures>& all, const store::Row& row) {
  auto& figures = all[key_of(row)];
  figures.service = row.id<ServiceCode>("service");
  figures.agency = row.id<AgencyCode>("agency");
  figures.step = row.text("step");
  return figures;
}

void add_open(std::map<Key, StepFigures>& all, const store::Rows& rows) {
  for (const auto row : rows) {
    auto& figures = figures_at(all, row);
    figures.open = static_cast<int>(row.integer("open"));
    figures.unclaimed = static_cast<int>(row.integer("unclaimed"));
    figures.overdue = static_cast<int>(row.integer("overdue"));
    figures.waiting_for_applicant = static_cast<int>(row.integer("waiting"));
  }
}

void add_done(std::map<Key, StepFigures>& all, const store::Rows& rows, const Calendar& calendar) {
  std::map<Key, std::pair<std::vector<int>, std::vector<int>>> days;
  for (const auto row : rows) {
    ++figures_at(all, row).finished;
    const int stopped = static_cast<int>(row.integer("stopped_days"));
    const int whole = calendar.of(row.id<AgencyCode>("agency"))
                          .working_days_between(taiwan_date(row.instant("created")),
                                                taiwan_date(row.instant("done")));
    auto& [worked, stood] = days[key_of(row)];
    worked.push_back(std::max(0, whole - stopped));
    stood.push_back(stopped);
  }
  for (auto& [key, both] : days) {
    all[key].median_working_days = median(both.first);
    all[key].median_stopped_days = median(both.second);
  }
}

}  // namespace

Result<std::vector<StepFigures>> Casework::figures(const Officer& officer) {
  const auto scope = scope_of(impl_->parts.packages, officer);
  if (scope.agencies.empty() && scope.services.empty())
    return fail(Kind::forbidden, "role_missing", "team_lead");
  return impl_->parts.database.transact([&](Transaction& tx) -> Result<std::vector<StepFigures>> {
    const auto since = taiwan_midnight(add_days(impl_->today(), -window_days));
    MINBEN_TRY(open, tx.run(count_open, impl_->today(), scope.agencies, scope.services));
    MINBEN_TRY(done, tx.run(list_done, since, scope.agencies, scope.services));
    std::map<Key, StepFigures> all;
    add_open(all, open);
    add_done(all, done, impl_->parts.calendar);
    std::vector<StepFigures> list;
    for (auto& [key, figures] : all) list.push_back(std::move(figures));
    return list;
  });
}

}  // namespace minben::casework
