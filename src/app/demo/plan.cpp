#include "plan.hpp"

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
    exchange::Service& service = service_of(id, item);
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
    serve_from_register(item);
  }

 private:
  exchange::Service& service_of(const exchange::ServiceId& id, const casework::DataItem& item) {
    for (exchange::Service& service : plan_.services)
      if (service.id == id) return service;
    return plan_.services.emplace_back(exchange::Service{id, item.title, true, {}});
  }
  void serve_from_register(const casework::DataItem& item) {
    for (std::size_t i = 0; i < agencies.size(); ++i)
      if (item.provider.value == agencies[i].code)
        plan_.members[i].registers[item.subsystem + "/" + item.service] =
            local_url(ports_.register_of(i), "/" + item.service);
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
  return plan;
}

}  // namespace minben::app::demo
