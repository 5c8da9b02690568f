/// Short names of the API's types for policies.

import type { components } from '../../../generated/schema';

type Schemas = components['schemas'];

export type PolicyDefinition = Schemas['PolicyDefinition'];
export type PolicyRule = Schemas['PolicyRule'];
export type RuleKind = PolicyRule['rule'];
export type RuleMode = PolicyRule['mode'];
export type PolicyPreview = Schemas['PolicyPreview'];
export type PreviewedProduct = Schemas['PreviewedProduct'];
