#pragma once
// A random walk through a model: whatever the engine offers next is taken, and after every step the
// invariants are checked. Used by tests and by the fuzzer; no test framework here.
#include "process/engine.hpp"

namespace minben::process::test {

class Walk {
 public:
  Walk(const Definition& definition, Random& random) : def_(definition), random_(random) {}

  /// The first broken invariant, or "".
  std::string run(int steps) {
    JsonObject variables{
        {"test", "ab"}, {"integerVariable", 1}, {"amount", 3}, {"log", JsonArray{}}};
    step(StartInstance{"", "", "key", variables});
    for (int i = 0; i < steps && problem_.empty() && running(); ++i) step(choose());
    if (problem_.empty() && running()) step(Cancel{"withdrawn"});
    return problem_;
  }
  [[nodiscard]] const State& state() const { return state_; }

 private:
  [[nodiscard]] bool running() const {
    return state_.steps > 0 &&
           (state_.status == Status::running || state_.status == Status::suspended);
  }

  void step(const Command& command) {
    const auto read_back = command_from_json(to_json(command));
    if (!read_back || to_json(*read_back) != to_json(command))
      return complain("command does not survive JSON");
    const State before = state_;
    auto result = apply(def_, std::move(state_), command, now_,
                        {.max_moves = 2000, .max_loop = 20, .max_tokens = 500});
    if (!result) {
      state_ = before;
      if (result.error().kind == Kind::internal)
        complain("internal error: " + describe(result.error()));
      return;
    }
    state_ = std::move(result->state);
    now_ += minutes(1);
    check(before, *result);
  }

  void check(const State& before, const StepResult& result) {
    if (state_.steps != before.steps + 1) return complain("steps have a gap");
    Number number = before.entries;
    for (const auto& entry : result.history) {
      if (entry.number != ++number) return complain("history has a gap");
    }
    if (number != state_.entries) return complain("history is not counted");
    const Json json = to_json(def_, state_);
    const auto read_back = state_from_json(def_, json);
    if (!read_back) return complain("state does not survive JSON: " + describe(read_back.error()));
    if (to_json(def_, *read_back) != json) return complain("state changes in JSON");
    if (!running() && !state_.tokens.empty()) return complain("an ended instance has tokens");
    if (!running() && !state_.subscriptions.empty()) return complain("an ended instance waits");
    if (state_.status == Status::running && state_.tokens.empty())
      return complain("a running instance has no tokens");
    for (const Token& token : state_.tokens) check_token(token);
  }

  void check_token(const Token& token) {
    if (!state_.scope(token.scope)) complain("a token without its scope");
    if (token.inside != 0 && !state_.scope(token.inside))
      complain("a token that waits for nothing");
    if (token.waiting == Waiting::nothing && !token.incident && state_.status == Status::running) {
      complain("a token that forgot to move: " + def_.node(token.node).id);
    }
  }

  void complain(std::string what) {
    if (problem_.empty()) problem_ = std::move(what);
  }

  Command choose() {
    std::vector<Command> offers;
    for (const Token& token : state_.tokens) offer(token, offers);
    for (const auto& item : state_.subscriptions) {
      if (item.kind == EventKind::timer) offers.push_back(FireTimer{item.id});
      if (item.kind == EventKind::message)
        offers.push_back(DeliverMessage{item.name, item.key, {{"said", "yes"}}});
      if (item.kind == EventKind::signal) offers.push_back(DeliverSignal{item.name, {}});
    }
    offers.push_back(
        SetVariables{{{"test", random_.below(2) ? "a" : "b"}, {"amount", random_.below(9)}}});
    if (random_.below(12) == 0) offers.push_back(Suspend{});
    if (state_.status == Status::suspended) offers.push_back(Resume{});
    return offers[random_.below(offers.size())];
  }

  void offer(const Token& token, std::vector<Command>& offers) {
    if (token.incident) offers.push_back(Retry{token.id});
    if (token.waiting == Waiting::user)
      offers.push_back(CompleteUserTask{token.id, {{"done", true}}});
    if (token.waiting == Waiting::service)
      offers.push_back(CompleteService{token.id, {{"done", true}}});
    if (token.waiting == Waiting::service) offers.push_back(FailService{token.id, "down", ""});
    if (token.waiting == Waiting::decision)
      offers.push_back(DecisionMade{token.id, JsonObject{{"amount", 4}}});
    if (token.waiting == Waiting::user) offers.push_back(ThrowError{token.id, "E", {}});
    if (token.waiting == Waiting::user) offers.push_back(ThrowEscalation{token.id, "E", {}});
    if (random_.below(20) == 0) offers.push_back(Modify{{token.id}, {def_.node(token.node).id}});
  }

  const Definition& def_;
  Random& random_;
  State state_;
  Instant now_{};
  std::string problem_;
};

}  // namespace minben::process::test
