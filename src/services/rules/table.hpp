#pragma once
// Decision tables (DMN 1.5 §8) as nodes.
#include <string>
#include <vector>

#include "nodes.hpp"
#include "table_index.hpp"

namespace minben::rules {

enum class HitPolicy : std::uint8_t {
  unique,
  any,
  priority,
  first,
  rule_order,
  output_order,
  collect
};
enum class Aggregation : std::uint8_t { none, sum, count, min, max };

struct Table final : Node {
  struct Input {
    std::string label;  ///< the clause's label, or its expression
    std::string expression;
    std::size_t slot = 0;  ///< "?" of this column's cells
    NodePtr value;
    std::string type;
    NodePtr allowed;  ///< unary tests, or none
    std::string allowed_text;
    TypePtr value_type;  ///< its type constrains the values, too
  };
  struct Output {
    std::string name, label;
    TypePtr type;
    std::vector<NodePtr> order;  ///< allowed values, best first
    NodePtr allowed;
    NodePtr otherwise;  ///< default output entry, or none
  };
  struct Cell {
    std::string text;
    NodePtr node;  ///< null for "-"
    int line = 0;
  };
  struct Rule {
    std::string id, description;
    std::vector<Cell> inputs, outputs;
    std::vector<FiredRule::Annotation> annotations;
    int line = 0;
  };

  [[nodiscard]] Value eval(Machine& machine) const override;

  std::string id, owner;  ///< owner: the decision or knowledge model
  HitPolicy policy = HitPolicy::unique;
  Aggregation aggregation = Aggregation::none;
  std::size_t output_slot = 0;  ///< "?" of the outputs' listed values
  std::vector<Input> inputs;
  std::vector<Output> outputs;
  std::vector<Rule> rules;
  int line = 0;
  std::optional<TableIndex> index;  ///< of large tables

 private:
  struct Hit {
    std::size_t rule;
    List outputs;
  };
  [[nodiscard]] static bool matches(Machine& machine, const Rule& rule);
  [[nodiscard]] List outputs_of(Machine& machine, const Rule& rule) const;
  [[nodiscard]] Value shape(const List& values) const;
  [[nodiscard]] Value defaults(Machine& machine) const;
  [[nodiscard]] Value combine(Machine& machine, std::vector<Hit>& hits) const;
  [[nodiscard]] Value aggregate(Machine& machine, const std::vector<Hit>& hits) const;
  [[nodiscard]] std::size_t rank(Machine& machine, std::size_t output, const Value& value) const;
  void sort_by_priority(Machine& machine, std::vector<Hit>& hits) const;
  void record(Machine& machine, const Hit& hit) const;
  void keep_deciding(std::vector<Hit>& hits) const;
  [[nodiscard]] bool set_inputs(Machine& machine) const;
  [[nodiscard]] std::vector<Hit> find_hits(Machine& machine) const;
};

}  // namespace minben::rules
