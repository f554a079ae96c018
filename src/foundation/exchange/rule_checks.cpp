// What no gateway should have to ask itself at run time.
#include <fmt/format.h>

#include <map>
#include <set>

#include "case_form.hpp"
#include "fields.hpp"
#include "path.hpp"
#include "values.hpp"

namespace minben::exchange {

namespace {

constexpr std::size_t max_list = 256, max_text = 256;

std::unexpected<Error> bad(std::string_view code, std::string_view why, std::string_view member) {
  return fail(Kind::invalid, code, why, member);
}

Result<void> check_fields(const std::vector<std::string>& fields) {
  if (fields.size() > max_list) return bad("too_many", "at most 256", "fields");
  for (std::size_t i = 0; i < fields.size(); ++i)
    if (const auto sound = check_field(fields[i]); !sound)
      return fail(within(fmt::format("fields/{}", i), sound.error()));
  return {};
}

Result<void> check_service(const Service& service) {
  if (metaservice(service.id.service))
    return bad("reserved_name", "a metaservice has that name", "id");
  MINBEN_CHECK(check_fields(service.fields));
  const auto hash = hex_decode(service.openapi_sha256);
  if (!service.openapi_sha256.empty() && (!hash || hash->size() != 32))
    return bad("wrong_type", "64 hex digits", "openapi_sha256");
  for (std::size_t i = 0; i < service.endpoints.size(); ++i)
    if (const auto sound = check_template(service.endpoints[i].path); !sound)
      return fail(within(fmt::format("endpoints/{}/path", i), sound.error()));
  return {};
}

// -------------------------------------------------------------------------------- parts of a rule

bool is_said(const Service& service, const EndpointGlob& glob) {
  return service.endpoints.empty() ||
         std::ranges::any_of(service.endpoints, [&](const Endpoint& endpoint) {
           return (!glob.method || *glob.method == endpoint.method) &&
                  can_match(glob.path, endpoint.path);
         });
}

Result<void> check_operations(const AccessRule& rule, const Service& service) {
  if (rule.methods.empty() && rule.endpoints.empty())
    return bad("missing", "a rule without methods or endpoints", "methods");
  if (!rule.methods.empty() && !rule.endpoints.empty())
    return bad("contradiction", "methods allow any path: write methods or endpoints", "endpoints");
  if (rule.endpoints.size() > max_list) return bad("too_many", "at most 256", "endpoints");
  for (std::size_t i = 0; i < rule.endpoints.size(); ++i) {
    const std::string place = fmt::format("endpoints/{}/path", i);
    if (const auto sound = check_glob(rule.endpoints[i].path); !sound)
      return fail(within(place, sound.error()));
    if (!is_said(service, rule.endpoints[i]))
      return bad("unknown_endpoint", "the service has no such operation", place);
  }
  return {};
}

Result<void> check_grounds(const AccessRule& rule, const Service& service) {
  if (rule.purposes.empty()) return bad("missing", "a rule without a purpose", "purposes");
  if (rule.purposes.size() > max_list) return bad("too_many", "at most 256", "purposes");
  for (const std::string& purpose : rule.purposes)
    if (purpose.empty() || purpose.size() > max_text)
      return bad("wrong_type", "1 to 256 bytes", "purposes");
  if (rule.basis == Basis::law && rule.legal_basis.empty())
    return bad("missing", "a rule without its legal basis", "legal_basis");
  if (rule.basis == Basis::consent && !service.about_a_person)
    return bad("contradiction", "a consent needs a service about a person", "basis");
  if (rule.case_form.empty()) return {};
  if (const auto form = CaseForm::parse(rule.case_form); !form)
    return fail(within("case/form", form.error()));
  return {};
}

Result<void> check_kept_fields(const AccessRule& rule, const Service& service) {
  MINBEN_CHECK(check_fields(rule.fields));
  for (std::size_t i = 0; i < rule.fields.size(); ++i)
    if (std::ranges::none_of(service.fields, [&](const std::string& field) {
          return covers(field, rule.fields[i]);
        }))
      return bad("unknown_field", rule.fields[i], fmt::format("fields/{}", i));
  return {};
}

Result<void> check_limits(const AccessRule& rule) {
  std::set<Period> periods;
  for (std::size_t i = 0; i < rule.quotas.size(); ++i) {
    const auto& [count, per] = rule.quotas[i];
    if (count < 1 || count > 1'000'000'000)
      return bad("out_of_range", "1 to 1,000,000,000", fmt::format("quotas/{}/count", i));
    if (!periods.insert(per).second)
      return bad("duplicate", "one quota for each period", fmt::format("quotas/{}/per", i));
  }
  if (rule.rate && (rule.rate->per_second < 1 || rule.rate->per_second > 100'000))
    return bad("out_of_range", "1 to 100,000", "rate/per_second");
  if (rule.rate && (rule.rate->burst < 1 || rule.rate->burst > 1'000'000))
    return bad("out_of_range", "1 to 1,000,000", "rate/burst");
  return {};
}

Result<void> check_delay(const AccessRule& rule) {
  if (!rule.delay) return {};
  if (rule.basis != Basis::law)
    return bad("contradiction", "what a person agreed to is shown to them at once", "delay");
  if (rule.delay->law.empty() || rule.delay->law.size() > max_text)
    return bad("missing", "a delay without its law", "delay/law");
  if (rule.delay->days < 1 || rule.delay->days > 3650)
    return bad("out_of_range", "1 to 3650", "delay/days");
  return {};
}

Result<void> check_times(const AccessRule& rule) {
  if (rule.hours.size() > max_list) return bad("too_many", "at most 256", "hours");
  for (std::size_t i = 0; i < rule.hours.size(); ++i) {
    const auto& [days, from, until] = rule.hours[i];
    if (days == 0 || days > 0x7f) return bad("missing", "no day", fmt::format("hours/{}/days", i));
    if (from < minutes(0) || from >= until || until > hours(24))
      return bad("out_of_range", "from before until, within one day",
                 fmt::format("hours/{}/until", i));
  }
  if (rule.valid_from && rule.valid_until && *rule.valid_from >= *rule.valid_until)
    return bad("out_of_range", "valid_from is before valid_until", "valid_until");
  return {};
}

// -------------------------------------------------------------------------------------- everything

class Checker {
 public:
  explicit Checker(const Configuration& configuration) : configuration_(configuration) {
    for (const Member& member : configuration.members) members_.insert(member.code.value);
  }

  Result<void> run() {
    MINBEN_CHECK(each("services", configuration_.services,
                      [&](const Service& service) { return check_one(service); }));
    MINBEN_CHECK(each("groups", configuration_.groups,
                      [&](const Group& group) { return check_one(group); }));
    return each("rules", configuration_.rules,
                [&](const AccessRule& rule) { return check_one(rule); });
  }

 private:
  template <class T, class Check>
  Result<void> each(std::string_view name, const std::vector<T>& values, Check check) {
    for (std::size_t i = 0; i < values.size(); ++i)
      if (auto sound = check(values[i]); !sound)
        return fail(within(fmt::format("{}/{}", name, i), std::move(sound).error()));
    return {};
  }

  Result<void> check_one(const Service& service) {
    if (!services_.emplace(service.id, &service).second)
      return bad("duplicate", "a second service of that name", "id");
    return check_service(service);
  }

  Result<void> check_one(const Group& group) {
    if (!groups_.insert(group.code.value).second)
      return bad("duplicate", "a second group of that code", "code");
    for (std::size_t i = 0; i < group.subsystems.size(); ++i)
      if (!members_.contains(group.subsystems[i].member))
        return bad("unknown_member", "a subsystem of no member", fmt::format("subsystems/{}", i));
    return {};
  }

  Result<void> check_one(const AccessRule& rule) {
    auto sound = check_parts(rule);
    if (sound) return {};
    // The place counts rules; people know them by their ids and services.
    Error error = std::move(sound).error();
    error.detail = fmt::format("rule {} of {} for {}: {}", rule.id.empty() ? "without id" : rule.id,
                               to_string(rule.consumer), to_string(rule.service), error.detail);
    return fail(std::move(error));
  }

  Result<void> check_parts(const AccessRule& rule) {
    if (!rule.id.empty() && !is_code(rule.id))
      return bad("not_a_code", "[a-z0-9][a-z0-9._-]{0,63}", "id");
    if (!rule.id.empty() && !ids_.insert(rule.id).second)
      return bad("duplicate", "another rule has that id", "id");
    const auto service = services_.find(rule.service);
    if (service == services_.end())
      return bad("unknown_service", "there is no such service", "service");
    MINBEN_CHECK(check_subject(rule.consumer));
    MINBEN_CHECK(check_operations(rule, *service->second));
    MINBEN_CHECK(check_grounds(rule, *service->second));
    MINBEN_CHECK(check_kept_fields(rule, *service->second));
    MINBEN_CHECK(check_limits(rule));
    MINBEN_CHECK(check_delay(rule));
    return check_times(rule);
  }

  Result<void> check_subject(const Subject& subject) {
    if (const auto* group = std::get_if<GroupCode>(&subject)) {
      if (!groups_.contains(group->value)) return bad("unknown_group", "no such group", "group");
    } else if (!members_.contains(std::get<SubsystemId>(subject).member)) {
      return bad("unknown_member", "a subsystem of no member", "consumer");
    }
    return {};
  }

  const Configuration& configuration_;
  std::set<std::string, std::less<>> members_;
  std::map<ServiceId, const Service*> services_;
  std::set<std::string, std::less<>> groups_;
  std::set<std::string, std::less<>> ids_;
};

}  // namespace

Result<void> check_rules(const Configuration& configuration) {
  return Checker(configuration).run();
}

}  // namespace minben::exchange
