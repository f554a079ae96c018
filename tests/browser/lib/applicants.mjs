// Who applies in the journeys: people of the demonstration's registers who have no account yet.
import { recordsOf } from './registers.mjs';

const register = async (country, agency, service) =>
  new Map((await recordsOf(country, agency, service)).map(({ key, value }) => [key, value]));

// → people abroad, of nationalities with the ordinary fee, the least likely to have applied first
export async function peopleAbroad(country) {
  const [persons, residences] = await Promise.all([register(country, 'ris', 'person'), register(country, 'nia', 'residence')]);
  const abroad = ([passport, person]) => !person.household_registered && !['US', 'HK'].includes(person.nationality) &&
    residences.get(passport)?.status === 'none' && !residences.get(passport).overstayed;
  return [...persons].filter(abroad).reverse().map(([passport, person]) => ({ passport, ...person }));
}
