#include "plan.hpp"

#include "../life_events.hpp"
#include "../register_check.hpp"
#include "registers.hpp"

namespace minben::app::demo {

namespace {

constexpr std::string_view instance = "MINBEN";

std::string local_url(std::uint16_t port, std::string_view path = {}) {
  return fmt::format("http://127.0.0.1:{}{}", port, path);
}

gateway::PlannedMember plan_member(const Ports& ports, std::size_t number) {
  const Agency& agency = agencies[number];
  gateway::PlannedMember member;
  member.code = AgencyCode{std::string(agency.code)};
  member.name = {std::string(agency.name_zh), std::string(agency.name_en)};
  member.client_port = ports.gateway_client(number);
  member.peer_port = ports.gateway_peer(number);
  member.subsystems = {"casework", "register"};
  return member;
}

void add_once(std::vector<std::string>& list, const std::string& text) {
  if (std::ranges::find(list, text) == list.end()) list.push_back(text);
}

class Planner {
 public:
  Planner(const Ports& ports, gateway::Plan& plan) : ports_(ports), plan_(plan) {
    for (std::size_t i = 0; i < agencies.size(); ++i)
      plan_.members.push_back(plan_member(ports, i));
  }

  void add(const casework::DataItem& item) {
    const exchange::ServiceId id{
        {std::string(instance), "GOV", item.provider.value, item.subsystem}, item.service};
    exchange::Service& service = service_of(id, item.title);
    exchange::AccessRule rule;
    rule.consumer = exchange::SubsystemId{std::string(instance), "GOV", item.consumer.value,
                                          item.consumer_subsystem};
    rule.service = id;
    rule.purposes = {item.purpose_code};
    for (const auto& [field, title] : item.fields) {
      add_once(service.fields, field);
      rule.fields.push_back(field);
    }
    plan_.rules.push_back(std::move(rule));
    serve_from_register(item.provider, item.subsystem, item.service);
  }

  /// The operator fetches for service providers and for people themselves; every agency for its
  /// counters.
  void add(const mydata::Resource& resource) {
    const exchange::ServiceId id{
        {std::string(instance), "GOV", resource.provider.value, resource.subsystem},
        resource.service};
    exchange::Service& service = service_of(id, resource.title);
    exchange::AccessRule rule;
    rule.service = id;
    for (const mydata::Field& field : resource.fields) {
      add_once(service.fields, field.name);
      rule.fields.push_back(field.name);
    }
    for (const Agency& agency : agencies) {
      const bool is_operator = agency.code == use_list_agency;
      rule.consumer =
          exchange::SubsystemId{std::string(instance), "GOV", std::string(agency.code), "casework"};
      rule.purposes.clear();
      for (const std::string& purpose : resource.purposes)
        if (is_operator || purpose == "mydata.counter") rule.purposes.push_back(purpose);
      if (!rule.purposes.empty()) plan_.rules.push_back(rule);
    }
    serve_from_register(resource.provider, resource.subsystem, resource.service);
    if (!resource.heartbeat.empty()) add_heartbeat(resource);
  }

  void add_household_changes() {
    const auto register_of = [](std::string_view agency) {
      return exchange::SubsystemId{std::string(instance), "GOV", std::string(agency), "register"};
    };
    const exchange::ServiceId id{register_of(household_agency), std::string(household_changes)};
    const std::vector<std::string> fields{"person", "changed", "district_zh", "at"};
    plan_.services.push_back(
        {id, {"戶籍異動通報", "Changes in the household register"}, true, fields});
    exchange::AccessRule rule;
    rule.consumer = register_of(hearing_agency);
    rule.service = id;
    rule.methods.clear();
    rule.endpoints = {{net::Method::get, "/-/after/*"}};
    rule.purposes = {std::string(hearing_purpose)};
    rule.basis = exchange::Basis::law;
    rule.legal_basis = "個人資料保護法 §16";
    rule.fields = fields;
    plan_.rules.push_back(std::move(rule));
  }

  /// All deaths, since nobody but the platform knows who has an account; it keeps nothing of
  /// others.
  void add_deaths() {
    const exchange::ServiceId id{
        {std::string(instance), "GOV", std::string(household_agency), "register"},
        std::string(deaths)};
    const std::vector<std::string> fields{"key", "state", "at"};
    plan_.services.push_back(
        {id, {"死亡登記通報", "Deaths in the household register"}, true, fields});
    exchange::AccessRule rule;
    rule.consumer = exchange::SubsystemId{std::string(instance), "GOV",
                                          std::string(platform_agency), "casework"};
    rule.service = id;
    rule.methods.clear();
    rule.endpoints = {{net::Method::get, "/-/after/*"}};
    rule.purposes = {std::string(life_events_purpose)};
    rule.basis = exchange::Basis::law;
    rule.legal_basis = "戶籍法 §67";
    rule.fields = fields;
    plan_.rules.push_back(std::move(rule));
  }

  /// Estonia's data tracker has neither a person nor a purpose in its path: the platform looks at
  /// who asks about whom, the rule at who asks and for what.
  void add_use_list() {
    const exchange::ServiceId id{
        {std::string(instance), "GOV", std::string(use_list_agency), "register"}, "usage"};
    std::vector<std::string> fields{"totalUsages", "periodStart", "status", "message"};
    for (const char* field :
         {"logtime", "action", "receiverCode", "receiverName", "receiverSystem"})
      fields.push_back(std::string("usages/*/") + field);
    plan_.services.push_back({id,
                              {"個人資料使用紀錄", "Who used a person's data"},
                              false,
                              fields,
                              {{net::Method::get, "/v2/findUsage"},
                               {net::Method::get, "/v2/usagePeriod"},
                               {net::Method::get, "/v2/heartbeat"}}});
    exchange::AccessRule rule;
    rule.consumer = exchange::SubsystemId{std::string(instance), "GOV", "ris", "casework"};
    rule.service = id;
    rule.purposes = {"usage-list"};
    rule.basis = exchange::Basis::law;
    rule.legal_basis = "個人資料保護法 §3";
    rule.fields = fields;
    plan_.rules.push_back(std::move(rule));
    for (gateway::PlannedMember& member : plan_.members)
      if (member.code.value == use_list_agency)
        member.registers["register/usage"] = local_url(ports_.use_list());
  }

  /// Whether somebody is who they say; asked by the body of a POST, so that no national id is in a
  /// path. The rates are those of a country's sign-ins, not of somebody who tries numbers.
  void add_identity_checks() {
    add_check(household_register_check(instance), {"身分核對", "Identity check"},
              {"match", "state", "name", "name_latin"}, "戶籍法 §67", identity_check,
              identity_check_purpose);
    add_check(health_insurance_check(instance), {"健保卡核對", "Health card check"},
              {"match", "valid"}, "個人資料保護法 §16", card_check, identity_check_purpose);
    add_check(
        guardianship_register(instance), {"法定代理人查核", "Legal guardians"},
        {"match", "wards/*/number", "wards/*/name", "wards/*/name_latin", "wards/*/birth_date"},
        "戶籍法 §67", guardianship, representation_purpose);
    add_check(company_register(instance), {"公司負責人查核", "Representatives of companies"},
              {"match", "name", "name_latin"}, "公司法 §393", company_check,
              representation_purpose);
  }

 private:
  /// Once for a register, whatever of it is offered.
  void add_heartbeat(const mydata::Resource& resource) {
    const exchange::ServiceId id{
        {std::string(instance), "GOV", resource.provider.value, resource.subsystem},
        resource.heartbeat};
    if (std::ranges::find(plan_.services, id, &exchange::Service::id) != plan_.services.end())
      return;
    plan_.services.push_back({id, {"服務狀態", "Heartbeat"}, false, {}});
    exchange::AccessRule rule;
    rule.consumer = exchange::SubsystemId{std::string(instance), "GOV",
                                          std::string(use_list_agency), "casework"};
    rule.service = id;
    rule.purposes = {std::string(mydata::heartbeat_purpose)};
    rule.basis = exchange::Basis::law;
    rule.legal_basis = "資通安全管理法 §10";
    plan_.rules.push_back(std::move(rule));
    for (std::size_t i = 0; i < agencies.size(); ++i)
      if (resource.provider.value == agencies[i].code)
        plan_.members[i].registers[resource.subsystem + "/" + resource.heartbeat] =
            local_url(ports_.register_of(i), "/status");
  }
  void add_check(const exchange::ServiceId& id, const Bilingual& title,
                 const std::vector<std::string>& fields, std::string_view legal_basis,
                 std::string_view service, std::string_view purpose) {
    plan_.services.push_back({id, title, true, fields, {{net::Method::post, ""}}});
    exchange::AccessRule rule;
    rule.consumer = exchange::SubsystemId{std::string(instance), "GOV",
                                          std::string(platform_agency), "casework"};
    rule.service = id;
    rule.methods = {net::Method::post};
    rule.purposes = {std::string(purpose)};
    rule.basis = exchange::Basis::law;
    rule.legal_basis = legal_basis;
    rule.fields = fields;
    rule.rate = exchange::Rate{200, 1000};
    plan_.rules.push_back(std::move(rule));
    for (std::size_t i = 0; i < agencies.size(); ++i)
      if (id.provider.member == agencies[i].code)
        plan_.members[i].registers[id.provider.subsystem + "/" + id.service] =
            local_url(ports_.register_of(i), "/" + std::string(service));
  }
  exchange::Service& service_of(const exchange::ServiceId& id, const Bilingual& title) {
    for (exchange::Service& service : plan_.services)
      if (service.id == id) return service;
    return plan_.services.emplace_back(exchange::Service{id, title, true, {}});
  }
  void serve_from_register(const AgencyCode& provider, const std::string& subsystem,
                           const std::string& service) {
    for (std::size_t i = 0; i < agencies.size(); ++i)
      if (provider.value == agencies[i].code)
        plan_.members[i].registers[subsystem + "/" + service] =
            local_url(ports_.register_of(i), "/" + service);
  }

  const Ports& ports_;
  gateway::Plan& plan_;
};

}  // namespace

casework::KnownAgencies known_agencies() {
  casework::KnownAgencies known;
  for (const Agency& agency : agencies) known.insert(AgencyCode{std::string(agency.code)});
  return known;
}

gateway::Plan plan_exchange(const Ports& ports, std::span<const casework::PackagePtr> packages,
                            const mydata::Catalogue& resources,
                            const trust::VerifyKey& consent_key) {
  gateway::Plan plan{std::string(instance),
                     {},
                     {},
                     {},
                     consent_key,
                     local_url(ports.portal, "/exchange/usage"),
                     30};
  Planner planner(ports, plan);
  for (const casework::PackagePtr& package : packages)
    for (const casework::DataItem& item : package->items) planner.add(item);
  for (const auto& [id, resource] : resources.all()) planner.add(resource);
  planner.add_use_list();
  planner.add_household_changes();
  planner.add_deaths();
  planner.add_identity_checks();
  return plan;
}

}  // namespace minben::app::demo
