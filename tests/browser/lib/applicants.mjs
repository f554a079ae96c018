// Who applies in the journeys: people of the demonstration's registers who have no account yet.
import { readFile } from 'node:fs/promises';
import path from 'node:path';

async function register(country, agency) {
  const file = await readFile(path.join(country.ready.data, 'registers', `${agency}.jsonl`), 'utf8');
  return new Map(file.trim().split('\n').map((line) => JSON.parse(line)).map(({ key, value }) => [key, value]));
}

// → people abroad, of nationalities with the ordinary fee, the least likely to have applied first
export async function peopleAbroad(country) {
  const [persons, residences] = await Promise.all([register(country, 'ris'), register(country, 'nia')]);
  const abroad = ([passport, person]) => !person.household_registered && !['US', 'HK'].includes(person.nationality) &&
    residences.get(passport)?.status === 'none' && !residences.get(passport).overstayed;
  return [...persons].filter(abroad).reverse().map(([passport, person]) => ({ passport, ...person }));
}
