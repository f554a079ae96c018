#include "register_check.hpp"

#include <spdlog/spdlog.h>

namespace minben::app {

namespace {

exchange::ServiceId service_of(std::string_view instance, const char* member, const char* service) {
  return {{std::string(instance), "GOV", member, "register"}, service};
}

/// Of one register: what it knows besides, nothing when it does not agree.
Result<std::optional<Json>> ask(exchange::Consumer& consumer, const exchange::ServiceId& service,
                                const identity::RegisterQuestion& question, JsonObject known) {
  exchange::ExchangeRequest request;
  request.service = service;
  request.method = net::Method::post;
  request.body = write_json(JsonObject{{"key", question.national_id}, {"known", std::move(known)}});
  request.purpose = identity_check_purpose;
  request.user = "platform";
  if (question.person) request.person = to_string(*question.person);
  const auto response = consumer.call(request);
  if (!response || response->status != 200) {
    spdlog::warn(
        "{} was not asked: {}", exchange::to_string(service),
        response ? fmt::format("it answered {}", response->status) : response.error().code);
    return fail(Kind::unavailable, "register_unavailable",
                "the register does not answer; try again later");
  }
  MINBEN_TRY(answer, parse_json(response->body));
  MINBEN_TRY(match, get_bool(answer, "match"));
  return match ? std::optional<Json>(std::move(answer)) : std::nullopt;
}

Result<std::optional<Json>> ask_health_insurance(exchange::Consumer& consumer,
                                                 const identity::RegisterQuestion& question) {
  return ask(consumer, health_insurance_check(consumer.subsystem().instance), question,
             {{"card_number", question.health_card_number}, {"valid", true}});
}

}  // namespace

exchange::ServiceId household_register_check(std::string_view instance) {
  return service_of(instance, "ris", "identity-check");
}

exchange::ServiceId health_insurance_check(std::string_view instance) {
  return service_of(instance, "nhi", "card-check");
}

Result<std::optional<identity::RegisterEntry>> check_registers(
    exchange::Consumer& consumer, const identity::RegisterQuestion& asked) {
  MINBEN_TRY(question, identity::normal_question(asked));
  const auto household = ask(consumer, household_register_check(consumer.subsystem().instance),
                             question, {{"household_number", question.household_number}});
  const bool by_card = !question.health_card_number.empty();
  const auto card =
      by_card ? ask_health_insurance(consumer, question) : Result<std::optional<Json>>(Json());
  if (!household) return fail(household.error());
  // The insurance ends a card when its holder dies: the household register has the word.
  if (*household && string_or(**household, "state") == "deceased")
    return fail(Kind::forbidden, "deceased", "the household register says that the person died");
  if (!card) return fail(card.error());
  if (!*household || !*card) return std::nullopt;
  MINBEN_TRY(name, get_string(**household, "name"));
  return identity::RegisterEntry{question.national_id, std::move(name),
                                 string_or(**household, "name_latin"), question.language};
}

}  // namespace minben::app
