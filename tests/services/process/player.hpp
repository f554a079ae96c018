#pragma once
// Plays a model in memory: commands in, open work out.
#include "models.hpp"

namespace minben::process::test {

class Player {
 public:
  explicit Player(const std::string& xml, JsonObject variables = {},
                  Instant now = *parse_instant("2026-11-23T01:00:00Z"))
      : model_(load(xml)), now_(now) {
    EXPECT_EQ(give(StartInstance{"", "", "key", std::move(variables)}), "");
  }

  /// "" or the code of the error.
  std::string give(const Command& command) {
    auto result = apply(*model_, state_, command, now_);
    if (!result) return result.error().code;
    state_ = std::move(result->state);
    for (auto& entry : result->history) history_.push_back(std::move(entry));
    effects_ = std::move(result->effects);
    return "";
  }

  Number waiting(std::string_view element) const {
    for (const Token& token : state_.tokens) {
      if (model_->node(token.node).id == element && token.waiting != Waiting::children)
        return token.id;
    }
    return 0;
  }
  std::string done(std::string_view element, JsonObject variables = {}) {
    return give(CompleteUserTask{waiting(element), std::move(variables)});
  }
  std::string timer(std::string_view element) {
    for (const auto& item : state_.subscriptions) {
      if (model_->node(item.node).id == element && item.kind == EventKind::timer)
        return give(FireTimer{item.id});
    }
    return "no such timer";
  }
  std::string message(std::string_view name, std::string_view key = "") {
    return give(DeliverMessage{std::string(name), std::string(key), {}});
  }

  /// Elements with waiting tokens, sorted, one entry a token; containers are left out.
  std::string open() const {
    std::multiset<std::string> found;
    for (const Token& token : state_.tokens) {
      if (token.waiting != Waiting::children)
        found.insert(model_->node(token.node).id + (token.incident ? "!" : ""));
    }
    std::string text;
    for (const auto& each : found) text += (text.empty() ? "" : " ") + each;
    return text;
  }
  std::string status() const { return std::string(to_string(state_.status)); }
  Json variable(std::string_view name) const {
    const Json* found = state_.variables().if_contains(name);
    return found ? *found : Json(nullptr);
  }
  std::string incident() const {
    for (const Token& token : state_.tokens) {
      if (token.incident) return token.incident->code;
    }
    return "";
  }
  template <class E>
  std::vector<E> effects() const {
    std::vector<E> found;
    for (const auto& effect : effects_) {
      if (const auto* each = std::get_if<E>(&effect)) found.push_back(*each);
    }
    return found;
  }
  const State& state() const { return state_; }
  const Definition& model() const { return *model_; }
  const std::vector<HistoryEntry>& history() const { return history_; }
  void advance(microseconds by) { now_ += by; }
  Instant now() const { return now_; }

 private:
  DefinitionPtr model_;
  State state_;
  Instant now_;
  std::vector<Effect> effects_;
  std::vector<HistoryEntry> history_;
};

inline std::string user(std::string_view id, std::string_view inside = {}) {
  return fmt::format(R"(<bpmn:userTask id="{}">{}</bpmn:userTask>)", id, inside);
}

}  // namespace minben::process::test
