/**
 * Stands for the instance in the definition that a template unit is made of: no quoting changes it, and nobody names
 * an instance so.
 */
export const INSTANCE_MARK = 'INSTANCE0MARK0OF0DAEMONCTL'
