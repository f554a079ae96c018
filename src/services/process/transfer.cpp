// Moving a running instance to another version of its model: every element it stands at must have a
// counterpart of the same kind at the same level, or the reasons are listed.
#include "process/engine.hpp"

namespace minben::process {

namespace {

class Transfer {
 public:
  Transfer(const Definition& from, const Definition& to, const Renames& renames)
      : from_(from), to_(to), renames_(renames) {}

  Errors faults;

  void move(State& state) {
    for (Token& token : state.tokens) move(token);
    for (Scope& scope : state.scopes) move(scope);
    for (Subscription& item : state.subscriptions) move(item);
    move(state.compensables);
  }

 private:
  void fault(const std::string& element, std::string_view code, std::string_view detail) {
    faults.push_back({Kind::conflict, std::string(code), fmt::format("{}: {}", element, detail),
                      to_.file, 0, 0});
  }

  const std::string& renamed(const std::string& id) const {
    const auto found = renames_.find(id);
    return found == renames_.end() ? id : found->second;
  }

  int counterpart(int index) {
    if (index < 0) return -1;
    const Node& old = from_.node(index);
    const int found = to_.find(renamed(old.id));
    if (found < 0) return fault(old.id, "element_gone", "has no counterpart"), -1;
    const Node& fresh = to_.node(found);
    const bool same_loop = old.loop.has_value() == fresh.loop.has_value() &&
                           (!old.loop || old.loop->multi_instance == fresh.loop->multi_instance);
    if (fresh.kind != old.kind || !same_loop) {
      fault(old.id, "element_changed", "its counterpart is of another kind");
    }
    const bool top = old.parent < 0 && fresh.parent < 0;
    const bool inside = old.parent >= 0 && fresh.parent >= 0 &&
                        renamed(from_.node(old.parent).id) == to_.node(fresh.parent).id;
    if (!top && !inside) fault(old.id, "element_moved", "its counterpart is at another level");
    return found;
  }

  int flow(int index) const {
    if (index < 0) return -1;
    const std::string& id = renamed(from_.flow(index).id);
    for (std::size_t i = 0; i < to_.flows.size(); ++i) {
      if (to_.flows[i].id == id) return static_cast<int>(i);
    }
    return -1;
  }

  void move(Token& token) {
    const std::string& id = from_.node(token.node).id;
    const int via = flow(token.via);
    const bool needs_way = token.waiting == Waiting::join && token.via >= 0;
    token.node = counterpart(token.node);
    if (needs_way && (via < 0 || to_.flow(via).target != token.node)) {
      fault(id, "flow_gone", "waits at a join for a flow that is gone");
    }
    token.via = via;
  }

  void move(Scope& scope) {
    scope.node = counterpart(scope.node);
    if (scope.process >= 0) {
      const std::string& id = from_.processes[static_cast<std::size_t>(scope.process)].id;
      scope.process = to_.find_process(renamed(id));
      if (scope.process < 0) fault(id, "process_gone", "has no counterpart");
    }
    std::map<int, std::vector<int>> resets;
    for (auto& [node, flows] : scope.resets) {
      for (int& each : flows) each = flow(each);
      resets[counterpart(node)] = flows;
    }
    scope.resets = std::move(resets);
    move(scope.queue);
  }

  void move(Subscription& item) {
    const Node& old = from_.node(item.node);
    item.node = counterpart(item.node);
    if (item.node < 0 || item.event < 0) return;
    const auto& events = to_.node(item.node).events;
    const auto event = static_cast<std::size_t>(item.event);
    if (event >= events.size() || events[event].kind != item.kind ||
        events[event].name != item.name) {
      fault(old.id, "event_changed", "waits for something else than its counterpart");
    }
  }

  void move(std::vector<Compensable>& items) {
    for (Compensable& item : items) {
      item.node = counterpart(item.node);
      move(item.inside);
    }
  }

  const Definition& from_;
  const Definition& to_;
  const Renames& renames_;
};

}  // namespace

std::expected<State, Errors> transfer(const Definition& from, const Definition& to, State state,
                                      const Renames& renames) {
  Transfer transfer(from, to, renames);
  transfer.move(state);
  if (!transfer.faults.empty()) return std::unexpected(std::move(transfer.faults));
  return state;
}

}  // namespace minben::process
