// What can still happen. Two questions to the graph of a model, from where the tokens stand: which
// nodes can be entered at all, and which of them are on every way to a regular end.
#include <algorithm>

#include "formula.hpp"
#include "process/engine.hpp"

namespace minben::process {

namespace {

/// Ways out of a node. All of `together` are taken at once, or one of each set of `either`.
struct Ways {
  std::vector<int> together;             ///< nodes
  std::vector<std::vector<int>> either;  ///< alternatives: nodes of which one is entered
  std::vector<int> perhaps;              ///< may be entered besides
  bool ends = false;                     ///< of end events at the level of the process
};

/// The graph with everything decided that can be decided now.
class Course {
 public:
  Course(const Definition& definition, const State& state, const Foresight& foresight, Instant now)
      : def_(definition), state_(state), foresight_(foresight), now_(now) {}

  /// Of a token that leaves `node`.
  Ways leaving(int index) const {
    const Node& node = def_.node(index);
    const int linked = link_target(node);
    Ways ways;
    if (linked >= 0) ways.together.push_back(linked);
    else if (node.outgoing.empty()) ways = after_end(node);
    else ways = by_flows(node);
    ways.perhaps.insert(ways.perhaps.end(), node.boundary.begin(), node.boundary.end());
    if (node.compensation_handler >= 0) ways.perhaps.push_back(node.compensation_handler);
    return ways;
  }

  /// Of a token that arrives at `node`: a container is gone through before it is left.
  Ways entering(int index) const {
    const Node& node = def_.node(index);
    Ways ways;
    if (node.called_process >= 0) {
      const auto& called = def_.processes[static_cast<std::size_t>(node.called_process)];
      ways = leaving(index);
      ways.perhaps.insert(ways.perhaps.end(), called.children.begin(), called.children.end());
      return ways;
    }
    if (!is_container(node.kind) || node.children.empty()) return leaving(index);
    for (const int child : node.children) {
      const Node& inner = def_.node(child);
      const bool begins = node.kind != NodeKind::ad_hoc && inner.incoming.empty() &&
                          inner.attached_to < 0 && !inner.for_compensation &&
                          inner.kind != NodeKind::event_subprocess;
      (begins ? ways.together : ways.perhaps).push_back(child);
    }
    for (const int boundary : node.boundary) ways.perhaps.push_back(boundary);
    if (!ways.together.empty()) return ways;
    Ways after = leaving(index);  // ad hoc: whatever of its inside is done, it is left once
    after.perhaps.insert(after.perhaps.end(), ways.perhaps.begin(), ways.perhaps.end());
    return after;
  }

 private:
  Ways after_end(const Node& node) const {
    const auto is = [&](EventKind kind) {
      return std::ranges::any_of(node.events, [&](const auto& each) { return each.kind == kind; });
    };
    Ways ways;
    if (is(EventKind::error) || is(EventKind::cancel)) return ways;  // a boundary event goes on
    if (node.parent >= 0) return leaving(node.parent);
    ways.ends = !foresight_.early_ends.contains(node.id);
    return ways;
  }

  Ways by_flows(const Node& node) const {
    Ways ways;
    const auto target = [&](int flow) { return def_.flow(flow).target; };
    const bool chooses =
        node.kind == NodeKind::exclusive_gateway || node.kind == NodeKind::inclusive_gateway ||
        node.kind == NodeKind::complex_gateway || node.kind == NodeKind::event_gateway;
    std::vector<int> open;
    for (const int index : node.outgoing) {
      if (index == node.default_flow) continue;
      const auto holds = chooses || !def_.flow(index).condition.empty() ? decided(node, index)
                                                                        : std::optional(true);
      if (holds && !*holds) continue;
      if (!holds) {
        open.push_back(target(index));
        continue;
      }
      if (node.kind != NodeKind::exclusive_gateway) {
        ways.together.push_back(target(index));
        continue;
      }
      // The first that holds is taken, unless one before it is still open.
      if (open.empty()) ways.together.push_back(target(index));
      else open.push_back(target(index));
      return with_open(std::move(ways), std::move(open), -1);
    }
    const bool sure = !ways.together.empty();
    return with_open(std::move(ways), std::move(open),
                     sure || node.default_flow < 0 ? -1 : target(node.default_flow));
  }

  /// `otherwise`: where the default flow leads, when it may still be taken; else -1.
  static Ways with_open(Ways ways, std::vector<int> open, int otherwise) {
    if (open.empty()) {
      if (otherwise >= 0) ways.together.push_back(otherwise);
      return ways;
    }
    if (!ways.together.empty()) {
      ways.perhaps.insert(ways.perhaps.end(), open.begin(), open.end());
      return ways;
    }
    if (otherwise >= 0) open.push_back(otherwise);
    ways.either.push_back(std::move(open));
    return ways;
  }

  /// Whether a token takes the flow, as far as it is known now.
  std::optional<bool> decided(const Node& node, int index) const {
    if (node.kind == NodeKind::event_gateway) return std::nullopt;
    const Expression& condition = def_.flow(index).condition;
    if (condition.empty()) return true;
    const auto& names = condition.compiled->names();
    const bool settled = std::ranges::all_of(
        names, [&](const auto& name) { return foresight_.settled.contains(name); });
    if (!settled) return std::nullopt;
    const auto holds = condition.compiled->holds(
        [&](std::string_view name) { return state_.variables().if_contains(name); }, now_);
    return holds ? std::optional(*holds) : std::nullopt;
  }

  int link_target(const Node& node) const {
    if (node.kind != NodeKind::throw_event || node.events.empty() ||
        node.events.front().kind != EventKind::link)
      return -1;
    for (std::size_t index = 0; index < def_.nodes.size(); ++index) {
      const Node& other = def_.nodes[index];
      const bool same = other.kind == NodeKind::catch_event && other.parent == node.parent &&
                        other.process == node.process && !other.events.empty() &&
                        other.events.front().kind == EventKind::link &&
                        other.events.front().name == node.events.front().name;
      if (same) return static_cast<int>(index);
    }
    return -1;
  }

  const Definition& def_;
  const State& state_;
  const Foresight& foresight_;
  Instant now_;
};

/// All nodes that can be entered, each with its ways, those nearest to the ends first.
class Reach {
 public:
  Reach(const Definition& definition, const State& state, const Course& course) {
    for (const Token& token : state.tokens) {
      Ways ways = course.leaving(token.node);
      const Node& at = definition.node(token.node);
      for (int parent = at.parent; parent >= 0; parent = definition.node(parent).parent)
        add_event_subprocesses(definition, definition.node(parent).children, ways);
      const auto& process = definition.processes[static_cast<std::size_t>(at.process)];
      add_event_subprocesses(definition, process.children, ways);
      starts_.push_back(std::move(ways));
    }
    for (const Ways& ways : starts_)
      for (const int node : all_of(ways)) walk(course, node);
  }

  [[nodiscard]] const std::vector<int>& nodes() const { return finished_; }

  /// No regular end can be reached without entering `node`: looked for as the least set of nodes
  /// from which one can, so that a loop does not count as a way out.
  [[nodiscard]] bool needs(int node) const {
    std::set<int> free;
    for (bool grows = true; grows;) {
      grows = false;
      for (const int index : finished_) {
        if (index == node || free.contains(index)) continue;
        if (avoids(ways_.at(index), free)) grows = free.insert(index).second;
      }
    }
    return std::ranges::any_of(starts_, [&](const Ways& ways) { return !avoids(ways, free); });
  }

 private:
  static void add_event_subprocesses(const Definition& definition, std::span<const int> level,
                                     Ways& ways) {
    for (const int index : level) {
      if (definition.node(index).kind == NodeKind::event_subprocess) ways.perhaps.push_back(index);
    }
  }

  static std::vector<int> all_of(const Ways& ways) {
    std::vector<int> all = ways.together;
    for (const auto& some : ways.either) all.insert(all.end(), some.begin(), some.end());
    all.insert(all.end(), ways.perhaps.begin(), ways.perhaps.end());
    return all;
  }

  static bool avoids(const Ways& ways, const std::set<int>& free) {
    const auto is_free = [&](int index) { return free.contains(index); };
    if (ways.together.empty() && ways.either.empty()) return ways.ends;
    return std::ranges::all_of(ways.together, is_free) &&
           std::ranges::all_of(
               ways.either, [&](const auto& some) { return std::ranges::any_of(some, is_free); });
  }

  void walk(const Course& course, int start) {
    std::vector<std::pair<int, bool>> open{{start, false}};
    while (!open.empty()) {
      const auto [index, left] = open.back();
      open.pop_back();
      if (left) {
        finished_.push_back(index);
      } else if (const auto [at, fresh] = ways_.try_emplace(index); fresh) {
        at->second = course.entering(index);
        open.emplace_back(index, true);
        for (const int next : all_of(at->second)) open.emplace_back(next, false);
      }
    }
  }

  std::vector<Ways> starts_;
  std::map<int, Ways> ways_;
  std::vector<int> finished_;
};

}  // namespace

Outlook outlook(const Definition& definition, const State& state, const Foresight& foresight,
                Instant now) {
  const Course course(definition, state, foresight, now);
  const Reach reach(definition, state, course);
  const bool no_regular_end = reach.needs(-1);
  Outlook found;
  for (const int index : reach.nodes()) {
    (!no_regular_end && reach.needs(index) ? found.certain : found.possible)
        .insert(definition.node(index).id);
  }
  return found;
}

}  // namespace minben::process
