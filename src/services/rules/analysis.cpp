// Overlaps, gaps and unreachable rules of decision tables: every column is cut into regions, every
// rule is a box of regions, and boxes are compared as bit sets.
#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "axis.hpp"
#include "model.hpp"

namespace minben::rules {

namespace {
using Severity = Finding::Severity;
using Bits = std::vector<std::uint64_t>;

bool bit(const Bits& bits, std::size_t i) { return (bits[i / 64] >> (i % 64) & 1) != 0; }
void set_bit(Bits& bits, std::size_t i) { bits[i / 64] |= std::uint64_t{1} << (i % 64); }
bool none(const Bits& bits) {
  return std::ranges::all_of(bits, [](std::uint64_t word) { return word == 0; });
}
Bits both(const Bits& a, const Bits& b) {
  Bits out(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) out[i] = a[i] & b[i];
  return out;
}

std::size_t highest_slot(const Table& table) {
  return table.inputs.empty() ? table.output_slot : table.inputs.back().slot;
}

class TableAnalysis {
 public:
  TableAnalysis(const ModelData& model, std::size_t element, const Table& table,
                std::vector<Finding>& out)
      : model_(model),
        element_(model.elements[element]),
        table_(table),
        out_(out),
        machine_(options_),
        slots_(std::max<std::size_t>(element_.slots, highest_slot(table) + 64)) {
    machine_.frame.slots = slots_.data();
  }

  void run() {
    check_outputs();
    for (std::size_t column = 0; column < table_.inputs.size(); ++column)
      if (!cut(column))
        return not_analysed(
            fmt::format("a test of the input '{}' is not constant", table_.inputs[column].label));
    constexpr std::size_t most_rules = 3'000;
    if (table_.rules.size() > most_rules) return not_analysed("it has too many rules");
    check_empty_rules();
    check_overlaps();
    if (table_.policy == HitPolicy::first) check_shadowed();
    check_gaps();
    if (budget_ == 0 || machine_.stopped()) not_analysed("it has too many combinations");
  }

 private:
  /// Which rules accept each region of the column.
  bool cut(std::size_t column) {
    const auto axis = axis_of(machine_, table_, column);
    if (!axis) return false;
    auto& masks = masks_.emplace_back();
    for (const Value& region : axis->regions) {
      Bits& mask = masks.emplace_back(words());
      for (std::size_t r = 0; r < table_.rules.size(); ++r)
        if (test_accepts(machine_, table_.inputs[column].slot,
                         table_.rules[r].inputs[column].node.get(), region))
          set_bit(mask, r);
    }
    axes_.push_back(*axis);
    return true;
  }
  [[nodiscard]] std::size_t words() const { return table_.rules.size() / 64 + 1; }

  void check_empty_rules() {
    for (std::size_t r = 0; r < table_.rules.size(); ++r)
      for (std::size_t c = 0; c < axes_.size(); ++c)
        if (std::ranges::none_of(masks_[c], [&](const Bits& mask) { return bit(mask, r); })) {
          report(Severity::error, "table_unreachable",
                 fmt::format("rule {} can never apply: no value of '{}' satisfies {}", r + 1,
                             table_.inputs[c].label, table_.rules[r].inputs[c].text),
                 {r}, {});
          break;
        }
  }

  /// One region per column where both rules apply; empty when they do not meet.
  [[nodiscard]] std::optional<std::vector<std::size_t>> meeting(std::size_t a,
                                                                std::size_t b) const {
    std::vector<std::size_t> point;
    for (const auto& masks : masks_) {
      const auto found = std::ranges::find_if(
          masks, [&](const Bits& mask) { return bit(mask, a) && bit(mask, b); });
      if (found == masks.end()) return std::nullopt;
      point.push_back(static_cast<std::size_t>(found - masks.begin()));
    }
    return point;
  }
  [[nodiscard]] bool same_outputs(std::size_t a, std::size_t b) const {
    return std::ranges::equal(
        table_.rules[a].outputs, table_.rules[b].outputs,
        [](const Table::Cell& x, const Table::Cell& y) { return x.text == y.text; });
  }
  void check_overlaps() {
    if (table_.policy != HitPolicy::unique && table_.policy != HitPolicy::any) return;
    constexpr int most = 20;
    int reported = 0;
    for (std::size_t a = 0; a < table_.rules.size(); ++a)
      for (std::size_t b = a + 1; b < table_.rules.size() && reported < most; ++b) {
        if (table_.policy == HitPolicy::any && same_outputs(a, b)) continue;
        const auto point = meeting(a, b);
        if (!point) continue;
        ++reported;
        report(Severity::error, "table_overlap",
               fmt::format("rules {} and {} both apply{}", a + 1, b + 1,
                           table_.policy == HitPolicy::any ? " and give different results" : ""),
               {a, b}, *point);
      }
  }

  /// Searches, column by column, a point that none of `active` covers; inside the box of `within`
  /// when that is a rule. Sets of rules seen before at a column are not searched again.
  bool uncovered(std::size_t column, const Bits& active, std::optional<std::size_t> within,
                 std::vector<std::size_t>& point) {
    if (none(active)) return complete(column, within, point);
    if (column == axes_.size() || budget_ == 0) return false;
    for (std::size_t region = 0; region < axes_[column].regions.size(); ++region) {
      const Bits& mask = masks_[column][region];
      if (within && !bit(mask, *within)) continue;
      if (budget_ > 0) --budget_;
      Bits left = both(active, mask);
      if (!none(left) && !seen_.emplace(column, left).second) continue;
      point.push_back(region);
      if (uncovered(column + 1, left, within, point)) return true;
      point.pop_back();
    }
    return false;
  }
  bool complete(std::size_t column, std::optional<std::size_t> within,
                std::vector<std::size_t>& point) {
    for (; column < axes_.size(); ++column) {
      const auto fits = [&](const Bits& mask) { return !within || bit(mask, *within); };
      const auto found = std::ranges::find_if(masks_[column], fits);
      if (found == masks_[column].end()) return false;
      point.push_back(static_cast<std::size_t>(found - masks_[column].begin()));
    }
    return true;
  }

  void check_shadowed() {
    for (std::size_t r = 1; r < table_.rules.size(); ++r) {
      Bits earlier(words());
      for (std::size_t i = 0; i < r; ++i) set_bit(earlier, i);
      std::vector<std::size_t> point;
      seen_.clear();
      if (!uncovered(0, earlier, r, point) && budget_ > 0)
        report(Severity::warning, "table_unreachable",
               fmt::format("rule {} never decides: earlier rules cover it", r + 1), {r}, {});
    }
  }

  [[nodiscard]] bool may_have_gaps() const {
    const bool has_default = std::ranges::any_of(
        table_.outputs, [](const auto& output) { return output.otherwise != nullptr; });
    return has_default || table_.policy == HitPolicy::collect ||
           table_.policy == HitPolicy::rule_order || table_.policy == HitPolicy::output_order;
  }
  void check_gaps() {
    if (may_have_gaps()) return;
    Bits all(words());
    for (std::size_t r = 0; r < table_.rules.size(); ++r) set_bit(all, r);
    std::vector<std::size_t> point;
    seen_.clear();
    if (uncovered(0, all, std::nullopt, point))
      report(Severity::warning, "table_gap",
             "no rule applies to some inputs, and there is no default output", {}, point);
  }

  void check_outputs() {
    const bool by_priority =
        table_.policy == HitPolicy::priority || table_.policy == HitPolicy::output_order;
    for (std::size_t o = 0; o < table_.outputs.size(); ++o) {
      const auto& order = table_.outputs[o].order;
      if (order.empty()) {
        if (by_priority)
          report(Severity::error, "table_priority_unlisted",
                 fmt::format("the output '{}' has no list of values in order of priority",
                             table_.outputs[o].label),
                 {}, {});
        continue;
      }
      for (std::size_t r = 0; r < table_.rules.size(); ++r) check_output(o, r, by_priority);
    }
  }
  void check_output(std::size_t o, std::size_t r, bool by_priority) {
    const Table::Cell& cell = table_.rules[r].outputs[o];
    const Value* value = cell.node ? cell.node->constant() : nullptr;
    if (!value) return;
    const auto& order = table_.outputs[o].order;
    if (std::ranges::any_of(order, [&](const NodePtr& test) {
          return test_accepts(machine_, table_.output_slot, test.get(), *value);
        }))
      return;
    report(Severity::error, by_priority ? "table_priority_unlisted" : "table_output_not_allowed",
           fmt::format("rule {} gives {}, which is not among the values of '{}'", r + 1, cell.text,
                       table_.outputs[o].label),
           {r}, {});
  }

  void not_analysed(std::string_view why) {
    report(Severity::note, "table_not_analysed",
           fmt::format("overlaps and gaps were not looked for: {}", why), {}, {});
  }
  void report(Severity severity, std::string_view code, std::string detail,
              const std::vector<std::size_t>& rules, const std::vector<std::size_t>& point) {
    Finding finding{severity,
                    std::string(code),
                    std::move(detail),
                    model_.files[element_.file],
                    table_.id,
                    element_.name,
                    rules.empty() ? table_.line : table_.rules[rules.back()].line,
                    {},
                    {}};
    for (const std::size_t rule : rules) finding.rules.push_back(static_cast<int>(rule) + 1);
    for (std::size_t c = 0; c < point.size(); ++c)
      finding.example.set(table_.inputs[c].label, axes_[c].regions[point[c]]);
    if (!point.empty()) finding.detail += ", e.g. " + to_text(Value(finding.example));
    out_.push_back(std::move(finding));
  }

  const ModelData& model_;
  const Element& element_;
  const Table& table_;
  std::vector<Finding>& out_;
  Options options_;
  Machine machine_;
  List slots_;
  std::vector<Axis> axes_;
  std::vector<std::vector<Bits>> masks_;  ///< by column and region: the rules that accept it
  std::set<std::pair<std::size_t, Bits>> seen_;
  std::uint64_t budget_ = 1'000'000;
};
}  // namespace

std::vector<Finding> check(const Model& model) {
  std::vector<Finding> findings;
  for (const auto& [element, table] : model.data().tables)
    TableAnalysis(model.data(), element, *table, findings).run();
  std::ranges::sort(findings, {}, [](const Finding& f) {
    return std::tie(f.file, f.line, f.code, f.rules, f.detail);
  });
  return findings;
}

Json to_json(const Finding& finding) {
  constexpr std::string_view severities[] = {"error", "warning", "note"};
  JsonArray rules;
  for (const int rule : finding.rules) rules.emplace_back(rule);
  return {{"severity", severities[static_cast<std::size_t>(finding.severity)]},
          {"code", finding.code},
          {"detail", finding.detail},
          {"file", finding.file},
          {"line", finding.line},
          {"element", finding.element_id},
          {"decision", finding.decision},
          {"rules", rules},
          {"example", to_json(Value(finding.example))}};
}

}  // namespace minben::rules
