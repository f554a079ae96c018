#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "report.hpp"

namespace minben::simulation {

namespace {

JsonObject to_json(const Estimate& estimate) {
  return {{"mean", estimate.mean},
          {"low", estimate.mean - estimate.half_width},
          {"high", estimate.mean + estimate.half_width},
          {"runs", estimate.runs}};
}

JsonObject about(const Provenance& provenance) {
  JsonArray files;
  for (const auto& file : provenance.files) files.emplace_back(file);
  // As text: JSON's numbers are safe up to 2^53 only.
  return {{"seed", std::to_string(provenance.seed)}, {"files", std::move(files)}};
}

JsonObject body(const Report& report) {
  JsonObject figures, by_days;
  for (const auto& [name, estimate] : report.figures) figures[name] = to_json(estimate);
  for (const auto& [days, count] : report.by_days) by_days[std::to_string(days)] = count;
  const auto& totals = report.totals;
  return {{"service", report.package->code.value},
          {"version", report.package->version},
          {"digest", report.package->digest},
          {"title", {{"zh-Hant", report.package->title.zh_hant}, {"en", report.package->title.en}}},
          {"runs", report.runs.size()},
          {"cases", totals.cases},
          {"unfinished", totals.unfinished},
          {"stuck", totals.stuck},
          {"incident", totals.incident},
          {"figures", std::move(figures)},
          {"by_days", std::move(by_days)}};
}

}  // namespace

Json to_json(const Report& report, const Provenance& provenance) {
  auto made = about(provenance);
  made["report"] = body(report);
  return made;
}

Json to_json(const Comparison& comparison, const Provenance& provenance) {
  auto made = about(provenance);
  made["first"] = body(comparison.first);
  made["second"] = body(comparison.second);
  JsonObject changes;
  for (const auto& [name, difference] : comparison.figures) {
    changes[name] = to_json(difference.change);
  }
  made["change"] = std::move(changes);
  return made;
}

}  // namespace minben::simulation
