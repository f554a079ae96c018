#include "decision.hpp"

#include <bit>

namespace minben::exchange {

namespace {

std::size_t mix(std::size_t seed, std::string_view text) {
  return std::rotl(seed, 23) * 0x9e3779b97f4a7c15u ^ std::hash<std::string_view>{}(text);
}

std::uint8_t bit_of(net::Method method) {
  return static_cast<std::uint8_t>(1u << static_cast<unsigned>(method));
}

bool is_valid(const AccessRule& rule, Instant now) {
  return (!rule.valid_from || now >= *rule.valid_from) &&
         (!rule.valid_until || now < *rule.valid_until);
}

void add_once(std::vector<EndpointGlob>& list, EndpointGlob glob) {
  if (std::ranges::find(list, glob) == list.end()) list.push_back(std::move(glob));
}

}  // namespace

std::size_t IdHash::operator()(const SubsystemId& id) const {
  return mix(mix(mix(mix(0, id.instance), id.member_class), id.member), id.subsystem);
}

std::size_t IdHash::operator()(const ServiceId& id) const {
  return mix((*this)(id.provider), id.service);
}

AccessTable::Compiled::Compiled(std::shared_ptr<const Configuration> from)
    : configuration(std::move(from)) {
  for (std::uint32_t i = 0; i < configuration->services.size(); ++i)
    services.emplace(configuration->services[i].id, i);
  for (const auto& key : {configuration->consent_key, configuration->other_consent_key})
    if (key) consent_keys.push_back({*key, key->bytes()});
  add_groups();
  rules.reserve(configuration->rules.size());
  for (std::size_t i = 0; i < configuration->rules.size(); ++i) add_rule(i);
}

std::uint32_t AccessTable::Compiled::add_consumer(const SubsystemId& id) {
  auto& [subjects, key] = consumers[id];
  if (subjects.empty()) {
    subjects.push_back(next_subject_++);
    key = CounterKey::part(to_string(id));
  }
  return subjects.front();
}

void AccessTable::Compiled::add_groups() {
  for (const Group& group : configuration->groups) {
    const std::uint32_t number = next_subject_++;
    groups_.emplace(group.code.value, number);
    for (const SubsystemId& id : group.subsystems) {
      add_consumer(id);
      auto& subjects = consumers[id].subjects;
      if (subjects.back() != number) subjects.push_back(number);  // listed twice counts once
    }
  }
}

void AccessTable::Compiled::add_rule(std::size_t index) {
  const AccessRule& rule = configuration->rules[index];
  rules.push_back(compile(rule, index));
  const auto* group = std::get_if<GroupCode>(&rule.consumer);
  const std::uint32_t subject =
      group ? groups_.at(group->value) : add_consumer(std::get<SubsystemId>(rule.consumer));
  lists[list_key(subject, services.at(rule.service))].push_back(&rules.back());
}

CompiledRule AccessTable::Compiled::compile(const AccessRule& rule, std::size_t index) {
  CompiledRule out;
  out.rule = &rule;
  out.index = index;
  out.id = rule_id(rule);
  out.key = CounterKey::part(out.id);
  for (const net::Method method : rule.methods) out.methods |= bit_of(method);
  for (const EndpointGlob& endpoint : rule.endpoints)
    out.endpoints.push_back(
        {endpoint.method ? bit_of(*endpoint.method) : std::uint8_t{0xff}, PathGlob(endpoint.path)});
  if (!rule.case_form.empty()) out.case_form = case_form(rule.case_form);
  out.keep = field_tree(rule.fields);
  return out;
}

CaseForm AccessTable::Compiled::case_form(const std::string& pattern) {
  if (const auto known = case_forms_.find(pattern); known != case_forms_.end())
    return known->second;
  auto form = CaseForm::parse(pattern);
  MINBEN_ASSERT(form.has_value());  // check_rules() read it before
  return case_forms_.emplace(pattern, std::move(*form)).first->second;
}

std::shared_ptr<const FieldTree> AccessTable::Compiled::field_tree(
    const std::vector<std::string>& fields) {
  auto& tree = field_trees_[fields];
  if (!tree) tree = std::make_shared<const FieldTree>(fields);
  return tree;
}

AccessTable::AccessTable(std::shared_ptr<const Configuration> configuration)
    : compiled_(std::make_unique<const Compiled>(std::move(configuration))) {}
AccessTable::~AccessTable() = default;

const Configuration& AccessTable::configuration() const { return *compiled_->configuration; }

const Service* AccessTable::service(const ServiceId& id) const {
  const auto found = compiled_->services.find(id);
  return found == compiled_->services.end() ? nullptr : &configuration().services[found->second];
}

bool AccessTable::has_rule(const SubsystemId& consumer, const ServiceId& service) const {
  bool any = false;
  compiled_->for_each_rule(consumer, service, [&](const CompiledRule&) { any = true; });
  return any;
}

std::vector<EndpointGlob> AccessTable::open_to(const SubsystemId& consumer,
                                               const ServiceId& service, Instant now) const {
  std::vector<EndpointGlob> globs;
  compiled_->for_each_rule(consumer, service, [&](const CompiledRule& compiled) {
    const AccessRule& rule = *compiled.rule;
    if (!is_valid(rule, now)) return;
    for (const net::Method method : rule.methods) add_once(globs, {method, "/**"});
    for (const EndpointGlob& glob : rule.endpoints) add_once(globs, glob);
  });
  const Service* said = this->service(service);
  if (!said || said->endpoints.empty()) return globs;
  std::vector<EndpointGlob> operations;
  for (const auto& [method, path] : said->endpoints)
    if (std::ranges::any_of(globs, [&](const EndpointGlob& glob) {
          return (!glob.method || *glob.method == method) && can_match(glob.path, path);
        }))
      add_once(operations, {method, path.empty() ? "/" : path});
  return operations;
}

}  // namespace minben::exchange
