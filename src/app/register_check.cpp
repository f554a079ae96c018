#include "register_check.hpp"

#include <spdlog/spdlog.h>

namespace minben::app {

namespace {

exchange::ServiceId service_of(std::string_view instance, const char* member, const char* service) {
  return {{std::string(instance), "GOV", member, "register"}, service};
}

struct Question {
  exchange::ServiceId service;
  std::string_view purpose;
  std::string_view key;
  std::optional<PersonId> person;
};

/// Of one register: what it knows besides, nothing when it does not agree.
Result<std::optional<Json>> ask(exchange::Consumer& consumer, const Question& question,
                                JsonObject known) {
  exchange::ExchangeRequest request;
  request.service = question.service;
  request.method = net::Method::post;
  request.body = write_json(JsonObject{{"key", question.key}, {"known", std::move(known)}});
  request.purpose = question.purpose;
  request.user = "platform";
  if (question.person) request.person = to_string(*question.person);
  const auto response = consumer.call(request);
  if (!response || response->status != 200) {
    spdlog::warn(
        "{} was not asked: {}", exchange::to_string(question.service),
        response ? fmt::format("it answered {}", response->status) : response.error().code);
    return fail(Kind::unavailable, "register_unavailable",
                "the register does not answer; try again later");
  }
  MINBEN_TRY(answer, parse_json(response->body));
  MINBEN_TRY(match, get_bool(answer, "match"));
  return match ? std::optional<Json>(std::move(answer)) : std::nullopt;
}

Question identity_question(const exchange::ServiceId& service,
                           const identity::RegisterQuestion& question) {
  return {service, identity_check_purpose, question.national_id, question.person};
}

Result<std::optional<Json>> ask_health_insurance(exchange::Consumer& consumer,
                                                 const identity::RegisterQuestion& question) {
  return ask(consumer,
             identity_question(health_insurance_check(consumer.subsystem().instance), question),
             {{"card_number", question.health_card_number}, {"valid", true}});
}

Result<identity::Represented> read_ward(const Json& ward) {
  MINBEN_TRY(number, get_string(ward, "number"));
  MINBEN_TRY(name, get_string(ward, "name"));
  MINBEN_TRY(birth_date, get_string(ward, "birth_date"));
  MINBEN_TRY(born, parse_date(birth_date));
  return identity::Represented{{std::move(number), std::move(name), string_or(ward, "name_latin")},
                               born};
}

/// The register knows a guardian by number and name.
Result<std::vector<identity::Represented>> wards_of(exchange::Consumer& consumer, PersonId asking,
                                                    const identity::Profile& guardian) {
  MINBEN_TRY(answer, ask(consumer,
                         {guardianship_register(consumer.subsystem().instance),
                          representation_purpose, guardian.national_id, asking},
                         {{"name", guardian.name}}));
  std::vector<identity::Represented> wards;
  const Json* list = answer ? find(*answer, "wards") : nullptr;
  if (list == nullptr || !list->is_array()) return wards;
  for (const Json& ward : list->get_array()) {
    MINBEN_TRY(read, read_ward(ward));
    wards.push_back(std::move(read));
  }
  return wards;
}

Result<std::optional<identity::Represented>> company_of(exchange::Consumer& consumer,
                                                        PersonId asking,
                                                        const identity::Profile& representative,
                                                        std::string_view number) {
  MINBEN_TRY(
      answer,
      ask(consumer,
          {company_register(consumer.subsystem().instance), representation_purpose, number, asking},
          {{"representative", representative.national_id}, {"status", "operating"}}));
  if (!answer) return std::optional<identity::Represented>();
  MINBEN_TRY(name, get_string(*answer, "name"));
  return std::optional(identity::Represented{
      {std::string(number), std::move(name), string_or(*answer, "name_latin")}, std::nullopt});
}

}  // namespace

exchange::ServiceId guardianship_register(std::string_view instance) {
  return service_of(instance, "ris", "guardianship");
}

exchange::ServiceId company_register(std::string_view instance) {
  return service_of(instance, "moea", "company-check");
}

identity::Representation representation_by(exchange::Consumer& consumer) {
  return {[&consumer](PersonId asking, const identity::Profile& guardian) {
            return wards_of(consumer, asking, guardian);
          },
          [&consumer](PersonId asking, const identity::Profile& representative,
                      std::string_view number) {
            return company_of(consumer, asking, representative, number);
          }};
}

exchange::ServiceId household_register_check(std::string_view instance) {
  return service_of(instance, "ris", "identity-check");
}

exchange::ServiceId health_insurance_check(std::string_view instance) {
  return service_of(instance, "nhi", "card-check");
}

Result<std::optional<identity::RegisterEntry>> check_registers(
    exchange::Consumer& consumer, const identity::RegisterQuestion& asked) {
  MINBEN_TRY(question, identity::normal_question(asked));
  const auto household =
      ask(consumer,
          identity_question(household_register_check(consumer.subsystem().instance), question),
          {{"household_number", question.household_number}});
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
