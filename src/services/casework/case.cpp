#include "case.hpp"

#include <array>

namespace minben::casework {

namespace {

template <class E, std::size_t N>
using Names = std::array<std::pair<E, std::string_view>, N>;

constexpr Names<State, 8> states{{{State::awaiting_payment, "awaiting_payment"},
                                  {State::in_review, "in_review"},
                                  {State::awaiting_applicant, "awaiting_applicant"},
                                  {State::approved, "approved"},
                                  {State::refused, "refused"},
                                  {State::withdrawn, "withdrawn"},
                                  {State::closed, "closed"},
                                  {State::expired, "expired"}}};
constexpr Names<MarkValue, 3> marks{
    {{MarkValue::ok, "ok"}, {MarkValue::wrong, "wrong"}, {MarkValue::unclear, "unclear"}}};
constexpr Names<TaskKind, 3> kinds{{{TaskKind::review, "review"},
                                    {TaskKind::opinion, "opinion"},
                                    {TaskKind::confirmation, "confirmation"}}};

template <class E, std::size_t N>
std::string_view name_in(const Names<E, N>& names, E value) {
  for (const auto& [known, name] : names) {
    if (known == value) return name;
  }
  return "";
}

template <class E, std::size_t N>
std::optional<E> value_in(const Names<E, N>& names, std::string_view text) {
  for (const auto& [known, name] : names) {
    if (name == text) return known;
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(State state) { return name_in(states, state); }
std::optional<State> parse_state(std::string_view text) { return value_in(states, text); }

Applicant applicant(const identity::Session& session) {
  Applicant made{
      .person = session.principal(), .assurance = session.assurance, .act = session.act()};
  if (session.acting) made.powers = session.acting->powers;
  return made;
}

bool is_final(State state) {
  return state != State::awaiting_payment && state != State::in_review &&
         state != State::awaiting_applicant;
}

std::string_view to_string(MarkValue value) { return name_in(marks, value); }
std::optional<MarkValue> parse_mark(std::string_view text) { return value_in(marks, text); }

std::string_view to_string(TaskKind kind) { return name_in(kinds, kind); }
std::optional<TaskKind> parse_task_kind(std::string_view text) { return value_in(kinds, text); }

}  // namespace minben::casework
