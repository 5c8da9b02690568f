/// Short names of the API's types.

import type { components, operations } from '../../generated/schema';

type Schemas = components['schemas'];

export type Product = Schemas['Product'];
export type Summary = Schemas['Summary'];
export type Threat = Schemas['Threat'];
export type Mitigation = Schemas['Mitigation'];
export type Acceptance = Schemas['Acceptance'];
export type Policy = Schemas['Policy'];
export type SecurityStatus = Schemas['SecurityStatus'];
export type Condition = Schemas['Condition'];
export type Diff = Schemas['Diff'];
export type TimelinePoint = Schemas['TimelinePoint'];
export type Check = Schemas['Check'];
export type Imported = Schemas['Imported'];
export type Token = Schemas['Token'];
export type Role = Schemas['Role'];
export type Event = Schemas['Event'];
export type Readiness = Schemas['Readiness'];
export type Severity = 'critical' | 'high' | 'medium' | 'low';
export type ThreatStatus = 'identified' | 'in_progress' | 'mitigated' | 'accepted' | 'not_applicable';
export type MitigationStatus = 'proposed' | 'implemented' | 'verified' | 'retired';
export type Operations = operations;
